CREATE TABLE customer (id integer PRIMARY KEY, left_on date);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), paid_on date, withdrawn_on date);
