CREATE TABLE person (id integer PRIMARY KEY, age integer CHECK (age > 0), left_on date);
INSERT INTO person VALUES (1, 30, '2020-01-01');
