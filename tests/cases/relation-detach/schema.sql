CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE note (id integer PRIMARY KEY, subject_type varchar(10), subject_id integer, made_on date);
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2025-12-01'), (3, '2020-01-01');
INSERT INTO note VALUES (1, 'person', 1, '2020-01-01'), (2, 'firm', 1, '2020-01-01'), (3, 'person', 2, '2020-01-01'), (4, NULL, 3, '2020-01-01'), (5, 'person', NULL, '2020-01-01'), (6, 'person', 3, '2025-12-01');
