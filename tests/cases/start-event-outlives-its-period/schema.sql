CREATE TABLE customer (id integer PRIMARY KEY, kind varchar(10) NOT NULL, joined_on date);
CREATE TABLE visit (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), left_on date, trial boolean NOT NULL);
CREATE INDEX visit_customer ON visit (customer_id);
INSERT INTO customer VALUES (1, 'member', '2010-01-01'), (2, 'member', '2010-01-01'), (3, 'member', '2010-01-01'), (4, 'member', '2010-01-01'), (5, 'guest', '2025-12-01'), (6, 'member', '2010-01-01'), (7, 'member', '2010-01-01');
INSERT INTO visit VALUES (11, 1, '2018-05-05', FALSE), (12, 1, '2024-06-01', FALSE), (13, 1, '2021-01-01', FALSE), (14, 1, '2024-07-01', TRUE),
 (21, 2, '2015-01-01', FALSE), (22, 2, '2014-01-01', TRUE),
 (31, 3, NULL, FALSE), (32, 3, '2019-01-01', FALSE),
 (41, 4, '2022-05-05', FALSE), (42, 4, '2022-05-05', FALSE), (43, 4, '2022-05-04', FALSE),
 (51, 5, '2020-01-01', FALSE),
 (61, 6, '2025-12-01', FALSE), (62, 6, '2024-12-01', FALSE),
 (71, 7, '1970-01-01', FALSE), (72, 7, '2020-01-01', FALSE),
 (81, NULL, '2020-01-01', FALSE);
