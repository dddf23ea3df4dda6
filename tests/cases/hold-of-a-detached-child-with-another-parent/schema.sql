CREATE TABLE courier (id integer PRIMARY KEY, left_on date);
CREATE TABLE customer (id integer PRIMARY KEY, in_dispute boolean, ended_on date);
CREATE TABLE parcel (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), courier_id integer REFERENCES courier (id));
CREATE TABLE stop (id integer PRIMARY KEY, parcel_id integer REFERENCES parcel (id), courier_id integer REFERENCES courier (id));
INSERT INTO courier VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2020-01-01');
INSERT INTO customer VALUES (1, TRUE, NULL), (2, FALSE, NULL), (3, NULL, NULL);
INSERT INTO parcel VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 1, NULL), (5, NULL, NULL);
INSERT INTO stop VALUES (1, 4, 4), (2, 5, 5), (3, 2, 2), (4, NULL, 5);
