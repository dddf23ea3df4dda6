CREATE TABLE rental (id integer PRIMARY KEY, back_on date);
CREATE TABLE payment (payment_id integer NOT NULL, rental_id integer REFERENCES rental (id), paid_on date);
CREATE TABLE payment_2020 (CHECK (paid_on < '2021-01-01'), FOREIGN KEY (rental_id) REFERENCES rental (id)) INHERITS (payment);
CREATE TABLE payment_2025 (CHECK (paid_on >= '2021-01-01'), FOREIGN KEY (rental_id) REFERENCES rental (id)) INHERITS (payment);
INSERT INTO rental VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01');
INSERT INTO payment_2020 VALUES (1, 1, '2020-02-01'), (2, 2, '2020-02-01');
INSERT INTO payment_2025 VALUES (3, 2, '2025-12-01'), (4, 3, '2021-02-01');
