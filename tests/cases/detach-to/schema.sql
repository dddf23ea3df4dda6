CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(20));
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id), seen_by integer REFERENCES person (id), sent_on date);
CREATE TABLE visit (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id));
CREATE INDEX letter_person ON letter (person_id);
CREATE INDEX letter_seen ON letter (seen_by);
CREATE INDEX visit_person ON visit (person_id);
INSERT INTO person VALUES (0, '2020-01-01', 'Nobody'), (1, '2020-01-01', 'Ann'), (2, '2020-01-01', 'Bob'), (3, '2025-12-01', 'Cy'), (4, '2025-03-01', 'Di'), (5, '2025-02-28', 'Ed');
INSERT INTO letter VALUES (1, 1, 3, '2020-01-01'), (2, 2, NULL, '2020-01-01'), (3, 2, 3, '2025-12-01'), (4, 3, 1, '2020-01-01'), (5, 0, 5, '2025-12-01'), (6, 4, 4, '2020-01-01');
INSERT INTO visit VALUES (1, 1), (2, 3), (3, 0);
