CREATE TABLE person (id integer PRIMARY KEY, left_on date, first varchar(10), last varchar(10), initials varchar(5) GENERATED ALWAYS AS (substr(first, 1, 1)) STORED);
INSERT INTO person (id, left_on, first, last) VALUES (1, '2020-01-01', 'Ann', 'Lee'), (2, '2025-12-01', 'Bob', 'Lee');
