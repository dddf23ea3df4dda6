CREATE TABLE customer (id integer PRIMARY KEY, left_on date);
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), bought_on date);
CREATE TABLE claim (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer (id), lifted_on date);
CREATE TABLE legal_hold (id integer PRIMARY KEY, record_type varchar(20), record_id integer, active boolean);
INSERT INTO customer VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2020-01-01'), (6, '2025-12-01'), (7, '2020-01-01');
INSERT INTO purchase VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 3, '2020-01-01'), (4, 4, '2020-01-01'), (5, 5, '2020-01-01'), (6, 6, '2020-01-01'), (7, 7, '2020-01-01'), (8, NULL, '2020-01-01');
INSERT INTO claim VALUES (1, 1, NULL), (2, 2, '2024-01-01'), (3, 1, '2024-01-01'), (4, 6, NULL);
INSERT INTO legal_hold VALUES (1, 'customer', 3, TRUE), (2, 'customer', 4, NULL), (3, NULL, 5, TRUE), (4, 'purchase', 7, TRUE), (5, 'invoice', 2, TRUE), (6, 'customer', 2, FALSE), (7, 'customer', NULL, TRUE);
