CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(10));
CREATE TRIGGER keep BEFORE UPDATE ON person FOR EACH ROW SET NEW.name = IF(OLD.id = 2, OLD.name, NEW.name);
INSERT INTO person VALUES (1, '2020-01-01', 'Ann'), (2, '2020-01-01', 'Bob');
