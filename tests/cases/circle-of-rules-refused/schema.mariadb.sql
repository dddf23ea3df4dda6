CREATE TABLE shop (id integer PRIMARY KEY, manager_id integer, closed_on date);
CREATE TABLE staff (id integer PRIMARY KEY, shop_id integer, left_on date, FOREIGN KEY (shop_id) REFERENCES shop (id));
ALTER TABLE shop ADD FOREIGN KEY (manager_id) REFERENCES staff (id);
