CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE orders (id integer PRIMARY KEY, person_id integer, FOREIGN KEY (person_id) REFERENCES person (id));
CREATE TABLE note (id integer PRIMARY KEY, order_id integer, FOREIGN KEY (order_id) REFERENCES orders (id));
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2025-12-01');
INSERT INTO orders VALUES (1, 1), (2, 2), (3, 1);
INSERT INTO note VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
