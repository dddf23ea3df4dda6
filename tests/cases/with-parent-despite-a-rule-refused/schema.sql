CREATE TABLE orders (id integer PRIMARY KEY, ended_on date);
CREATE TABLE line (id integer PRIMARY KEY, order_id integer REFERENCES orders (id), made_on date);
