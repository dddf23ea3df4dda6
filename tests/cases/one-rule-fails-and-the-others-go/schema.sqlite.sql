CREATE TABLE orders (id integer PRIMARY KEY, made_on date);
CREATE TABLE visit (id integer PRIMARY KEY, made_on date);
CREATE TRIGGER no_orders BEFORE DELETE ON orders BEGIN SELECT RAISE(ABORT, 'orders stay'); END;
INSERT INTO orders VALUES (1, '2020-01-01'), (2, '2026-01-01');
INSERT INTO visit VALUES (1, '2020-01-01'), (2, '2026-01-01');
