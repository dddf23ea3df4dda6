CREATE TABLE customer (id integer PRIMARY KEY, left_on date);
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), bought_on date, on_hold boolean NOT NULL);
INSERT INTO customer VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO purchase VALUES (1, 1, '2020-01-01', TRUE), (2, 1, '2020-01-01', FALSE), (3, 2, '2020-01-01', FALSE);
