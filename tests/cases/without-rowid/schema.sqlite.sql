CREATE TABLE note (tenant text NOT NULL, id integer NOT NULL, made_on text, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
INSERT INTO note VALUES ('a', 1, '2020-01-01'), ('a', 2, '2026-02-01'), ('b', 1, '2026-02-01'), ('b', 2, '2025-02-28');
