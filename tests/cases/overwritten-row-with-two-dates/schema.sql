CREATE TABLE customer (id integer PRIMARY KEY, name varchar(20), phone varchar(20));
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer (id), bought_on date);
CREATE TABLE payment (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customer (id), paid_on date);
