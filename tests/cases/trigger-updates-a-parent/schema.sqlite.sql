CREATE TABLE person (id integer PRIMARY KEY, notes integer);
CREATE TABLE note (id integer PRIMARY KEY, person_id integer, made_on date);
INSERT INTO person VALUES (1, 2), (2, 1);
INSERT INTO note VALUES (1, 1, '2020-01-01'), (2, 1, '2026-02-01'), (3, 2, '2025-02-28');
CREATE TRIGGER counts AFTER DELETE ON note BEGIN UPDATE person SET notes = notes - 1 WHERE id = old.person_id; END;
