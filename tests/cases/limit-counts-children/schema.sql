CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer REFERENCES person (id));
INSERT INTO person VALUES (1, '2020-01-01');
INSERT INTO letter VALUES (1, 1), (2, 1), (3, 1);
