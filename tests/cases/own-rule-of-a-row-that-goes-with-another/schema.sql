CREATE TABLE product (code varchar(10) NOT NULL PRIMARY KEY, maker varchar(20), discontinued_on date);
CREATE TABLE purchase (id integer PRIMARY KEY, shipped_on date);
CREATE TABLE line (purchase_id integer NOT NULL REFERENCES purchase (id), product_code varchar(10) NOT NULL REFERENCES product (code), quantity integer, PRIMARY KEY (purchase_id, product_code));
