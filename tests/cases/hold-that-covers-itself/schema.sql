CREATE TABLE customer (id integer PRIMARY KEY, left_on date);
CREATE TABLE claim (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), made_on date, settled_on date);
CREATE INDEX claim_customer ON claim (customer_id);
INSERT INTO customer VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2026-01-01');
INSERT INTO claim VALUES (1, 1, '2019-01-01', NULL), (2, 2, '2024-01-01', NULL), (3, 3, '2024-01-01', '2024-06-01'), (4, 4, '2019-01-01', '2019-06-01'), (5, 5, '2019-01-01', NULL);
