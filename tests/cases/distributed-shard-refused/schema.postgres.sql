CREATE TABLE visit (tenant integer, id integer, left_on date, PRIMARY KEY (tenant, id));
CREATE TABLE visit_102008 (LIKE visit INCLUDING ALL);
-- What Citus keeps of the tables that it manages, as it would keep it.
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", repmodel "char");
CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid bigint PRIMARY KEY);
GRANT SELECT ON pg_catalog.pg_dist_partition, pg_catalog.pg_dist_shard TO PUBLIC;
RESET allow_system_table_mods;
INSERT INTO pg_dist_partition VALUES ('visit', 'h', 's');
INSERT INTO pg_dist_shard VALUES ('visit', 102008);
