CREATE TABLE seen_login (id integer PRIMARY KEY, seen date);
CREATE VIEW login AS SELECT id, seen FROM seen_login;
