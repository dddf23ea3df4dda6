CREATE TABLE person (id integer PRIMARY KEY, seen_at timestamptz, name varchar(10));
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer, sent_on date, FOREIGN KEY (person_id) REFERENCES person (id));
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.seen_at = now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touched();
INSERT INTO person VALUES (1, '2020-01-01 00:00:00', 'Ann'), (2, '2025-12-01 00:00:00', 'Bob');
INSERT INTO letter VALUES (1, 1, '2026-01-01'), (2, 1, '2020-01-01'), (3, 2, '2026-01-01');
