CREATE TABLE shop (id integer PRIMARY KEY, manager_id integer REFERENCES staff (id), closed_on date);
CREATE TABLE staff (id integer PRIMARY KEY, shop_id integer REFERENCES shop (id), left_on date);
