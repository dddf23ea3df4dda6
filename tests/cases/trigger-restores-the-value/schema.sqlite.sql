CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(10));
CREATE TRIGGER keep AFTER UPDATE ON person WHEN OLD.id = 2 BEGIN UPDATE person SET name = OLD.name WHERE id = NEW.id; END;
INSERT INTO person VALUES (1, '2020-01-01', 'Ann'), (2, '2020-01-01', 'Bob');
