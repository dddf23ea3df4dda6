CREATE TABLE customer (id integer PRIMARY KEY, left_on date, on_hold boolean);
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), bought_on date);
CREATE TABLE line (id integer PRIMARY KEY, purchase_id integer REFERENCES purchase (id));
INSERT INTO customer VALUES (1, '2020-01-01', TRUE), (2, '2020-01-01', NULL), (3, '2020-01-01', FALSE), (4, NULL, TRUE);
INSERT INTO purchase VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 3, '2020-01-01'), (4, 4, '2020-01-01'), (5, NULL, '2020-01-01');
INSERT INTO line VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5);
