CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE orders (id integer PRIMARY KEY, person_id integer REFERENCES person (id));
CREATE TABLE card (id integer PRIMARY KEY, person_id integer REFERENCES person (id));
CREATE TABLE payment (id integer PRIMARY KEY, order_id integer REFERENCES orders (id), card_id integer REFERENCES card (id));
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2025-12-01'), (3, '2020-01-01'), (4, '2020-01-01');
INSERT INTO orders VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, NULL);
INSERT INTO card VALUES (1, 1), (2, 2), (3, 3), (4, 4);
INSERT INTO payment VALUES (11, 1, 1), (12, 1, 2), (33, 3, 3), (34, 3, 4), (54, 5, 4);
