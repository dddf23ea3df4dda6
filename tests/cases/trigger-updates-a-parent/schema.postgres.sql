CREATE TABLE person (id integer PRIMARY KEY, notes integer);
CREATE TABLE note (id integer PRIMARY KEY, person_id integer, made_on date);
INSERT INTO person VALUES (1, 2), (2, 1);
INSERT INTO note VALUES (1, 1, '2020-01-01'), (2, 1, '2026-02-01'), (3, 2, '2025-02-28');
CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE person SET notes = notes - 1 WHERE id = OLD.person_id; RETURN OLD; END $$;
CREATE TRIGGER counts AFTER DELETE ON note FOR EACH ROW EXECUTE FUNCTION counts();
