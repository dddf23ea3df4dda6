CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(10), last_update timestamptz NOT NULL DEFAULT '2020-01-01');
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.last_update = now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION touched();
INSERT INTO person VALUES (1, '2020-01-01', 'Ann'), (2, '2025-12-01', 'Bob');
