CREATE TABLE person (id integer PRIMARY KEY, left_on date, on_hold boolean NOT NULL);
CREATE TABLE note (id integer PRIMARY KEY, subject_type varchar(10), subject_id integer, made_on date);
INSERT INTO person VALUES (1, NULL, TRUE), (2, NULL, FALSE);
INSERT INTO note VALUES (1, 'person', 1, '2020-01-01'), (2, 'firm', 1, '2020-01-01'), (3, NULL, 1, '2020-01-01'), (4, 'person', 2, '2020-01-01'), (5, 'person', NULL, '2020-01-01');
