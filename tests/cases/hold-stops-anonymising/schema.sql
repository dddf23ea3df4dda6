CREATE TABLE customer (id integer PRIMARY KEY, left_on date, on_hold boolean, name varchar(20), seen_on date, address varchar(20));
INSERT INTO customer VALUES (1, '2020-01-01', TRUE, 'Ann', '2020-01-01', 'here'), (2, '2020-01-01', FALSE, 'Bob', '2020-01-01', 'here');
