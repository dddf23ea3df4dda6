CREATE TABLE customer (id integer PRIMARY KEY, closed_on date);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, ordered_on date, FOREIGN KEY (customer_id) REFERENCES customer (id));
CREATE INDEX orders_customer ON orders (customer_id);
INSERT INTO customer VALUES (1, '2020-01-01'), (2, '2026-02-01');
INSERT INTO orders VALUES (10, 1, '2026-01-01'), (11, 2, '2020-01-01'), (12, NULL, '2020-01-01'), (13, NULL, '2026-01-01'), (14, 1, NULL);
