CREATE TABLE trader (id integer PRIMARY KEY, left_on date);
CREATE TABLE dispute (id integer PRIMARY KEY, buyer_id integer NOT NULL REFERENCES trader (id), seller_id integer NOT NULL REFERENCES trader (id), settled_on date);
CREATE INDEX dispute_buyer ON dispute (buyer_id);
CREATE INDEX dispute_seller ON dispute (seller_id);
INSERT INTO trader VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2020-01-01'), (6, '2026-01-01');
INSERT INTO dispute VALUES (1, 1, 2, NULL), (2, 3, 4, '2020-05-01'), (3, 5, 6, '2020-05-01');
