CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(20));
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer REFERENCES person (id), sent_on date);
INSERT INTO person VALUES (1, '2020-01-01', 'Ann'), (2, '2020-01-01', 'Bob'), (3, '2025-12-01', 'Cy'), (4, '2020-01-01', 'Di');
INSERT INTO letter VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 2, '2025-12-01'), (4, 3, '2020-01-01'), (5, NULL, '2025-12-01');
