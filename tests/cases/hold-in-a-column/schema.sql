CREATE TABLE customer (id integer PRIMARY KEY, left_on date, on_hold boolean);
INSERT INTO customer VALUES (1, '2020-01-01', TRUE), (2, '2020-01-01', NULL), (3, '2020-01-01', FALSE), (4, '2025-12-01', TRUE);
