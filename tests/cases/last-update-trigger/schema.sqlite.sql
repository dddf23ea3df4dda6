CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(10), last_update text NOT NULL DEFAULT '2020-01-01');
CREATE TRIGGER touch AFTER UPDATE ON person BEGIN UPDATE person SET last_update = 'now' WHERE id = NEW.id; END;
INSERT INTO person (id, left_on, name) VALUES (1, '2020-01-01', 'Ann'), (2, '2025-12-01', 'Bob');
