CREATE TABLE person (id integer PRIMARY KEY, seen_at text, name varchar(10));
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer, sent_on date, FOREIGN KEY (person_id) REFERENCES person (id));
CREATE TRIGGER touch AFTER UPDATE ON person BEGIN UPDATE person SET seen_at = '2026-02-28 00:00:00' WHERE id = NEW.id; END;
INSERT INTO person VALUES (1, '2020-01-01 00:00:00', 'Ann'), (2, '2025-12-01 00:00:00', 'Bob');
INSERT INTO letter VALUES (1, 1, '2026-01-01'), (2, 1, '2020-01-01'), (3, 2, '2026-01-01');
