CREATE TABLE payment (payment_id integer PRIMARY KEY, paid_on date);
CREATE TABLE payment_2020 () INHERITS (payment);
INSERT INTO payment VALUES (1, '2025-12-01');
INSERT INTO payment_2020 VALUES (1, '2020-02-01');
