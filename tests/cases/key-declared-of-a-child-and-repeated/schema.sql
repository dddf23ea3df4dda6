CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE visit (person_id integer NOT NULL REFERENCES person (id), entered_on date NOT NULL, note varchar(20));
CREATE TABLE badge (number integer NOT NULL UNIQUE, person_id integer REFERENCES person (id));
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2025-12-01'), (3, '2020-01-01');
INSERT INTO visit VALUES (1, '2020-01-01', 'a'), (1, '2020-01-01', 'a'), (2, '2020-01-01', 'b'), (3, '2020-01-01', 'c');
INSERT INTO badge VALUES (10, 1), (20, 2), (30, NULL);
