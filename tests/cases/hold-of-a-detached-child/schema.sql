CREATE TABLE customer (id integer PRIMARY KEY, left_on date);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), made_on date, on_hold boolean);
CREATE TABLE firm (id integer PRIMARY KEY, audited boolean, closed_on date);
CREATE TABLE letter (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), firm_id integer REFERENCES firm (id), sent_on date);
INSERT INTO customer VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2020-01-01');
INSERT INTO invoice VALUES (1, 1, '2025-01-01', TRUE), (2, 2, '2025-01-01', FALSE), (3, 3, '2025-01-01', NULL);
INSERT INTO firm VALUES (1, TRUE, NULL), (2, FALSE, NULL);
INSERT INTO letter VALUES (1, 4, 1, '2025-01-01'), (2, 5, 2, '2025-01-01');
