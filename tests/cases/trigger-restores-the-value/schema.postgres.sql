CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(10));
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.id = 2 THEN NEW.name = OLD.name; END IF; RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION keep();
INSERT INTO person VALUES (1, '2020-01-01', 'Ann'), (2, '2020-01-01', 'Bob');
