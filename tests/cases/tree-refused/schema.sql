CREATE TABLE post (id integer PRIMARY KEY, reply_to integer REFERENCES post (id), made_on date);
CREATE TABLE shop (id integer PRIMARY KEY, closed_on date);
CREATE TABLE shelf (id integer PRIMARY KEY, shop_id integer REFERENCES shop (id), under integer REFERENCES shelf (id));
