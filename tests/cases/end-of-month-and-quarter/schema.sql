CREATE TABLE visit (id integer PRIMARY KEY, made_on date);
CREATE TABLE orders (id integer PRIMARY KEY, made_on date);
INSERT INTO visit VALUES (1, '2026-01-01'), (2, '2026-01-31'), (3, '2026-02-01');
INSERT INTO orders VALUES (1, '2025-10-01'), (2, '2025-12-31'), (3, '2026-01-01');
