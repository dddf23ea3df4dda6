CREATE TABLE visit (id integer PRIMARY KEY, left_on date);
CREATE TABLE measurement (tenant integer, id integer, taken_on date, PRIMARY KEY (tenant, id));
-- What Citus keeps of the tables that it manages, as it would keep it.
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", repmodel "char");
CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint PRIMARY KEY);
GRANT SELECT ON pg_catalog.pg_dist_partition, pg_catalog.pg_dist_shard TO PUBLIC;
RESET allow_system_table_mods;
INSERT INTO pg_dist_partition VALUES ('measurement', 'h', 's');
