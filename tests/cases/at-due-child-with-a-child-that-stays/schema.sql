CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE orders (id integer PRIMARY KEY, person_id integer, FOREIGN KEY (person_id) REFERENCES person (id));
CREATE TABLE note (id integer PRIMARY KEY, order_id integer, made_on date, FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE);
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO orders VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO note VALUES (1, 1, '2026-01-01'), (2, 2, '2020-01-01'), (3, 3, '2020-01-01');
