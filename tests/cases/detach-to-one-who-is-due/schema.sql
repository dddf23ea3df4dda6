CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id));
CREATE INDEX letter_person ON letter (person_id);
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO letter VALUES (1, 1);
