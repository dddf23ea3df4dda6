CREATE TABLE matter (id integer PRIMARY KEY, closed_on date);
CREATE TABLE letter (id integer PRIMARY KEY, matter_id integer NOT NULL REFERENCES matter (id));
INSERT INTO matter VALUES (1, '2010-01-01'), (2, '2025-01-01'), (3, NULL);
INSERT INTO letter VALUES (1, 1), (2, 1), (3, 2), (4, 3);
