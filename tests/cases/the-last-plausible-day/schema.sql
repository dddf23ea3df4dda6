CREATE TABLE visit (id integer PRIMARY KEY, left_on date);
INSERT INTO visit VALUES (1, '2024-12-30'), (2, '2024-12-31'), (3, '2025-01-01');
