CREATE TABLE login (id integer PRIMARY KEY, seen date);
CREATE VIEW old_login AS SELECT id FROM login;
INSERT INTO login VALUES (1, '2020-01-01'), (2, '2026-02-28');
