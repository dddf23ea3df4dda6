CREATE TABLE person (id integer PRIMARY KEY, name varchar(20) NOT NULL, phone varchar(20), note varchar(20), left_on date);
INSERT INTO person VALUES (1, 'Ada', '1', 'x', '2020-01-01'), (2, 'Bo', '2', 'x', '2025-01-01'), (3, 'Cy', '3', 'x', '2026-02-01'), (4, 'Di', NULL, NULL, '2020-01-01');
