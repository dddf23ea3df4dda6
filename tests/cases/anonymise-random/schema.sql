CREATE TABLE person (id integer PRIMARY KEY, left_on date, email varchar(20) NOT NULL UNIQUE, code char(8) NOT NULL, number integer UNIQUE);
INSERT INTO person VALUES (1, '2020-01-01', 'ann@example.com', 'AAAAAAAA', 1), (2, '2025-12-01', 'bob@example.com', 'BBBBBBBB', 2), (3, '2020-01-01', 'cy@example.com', 'CCCCCCCC', 3), (4, '2020-01-01', 'di@example.com', 'DDDDDDDD', NULL);
