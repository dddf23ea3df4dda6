CREATE TABLE invoice (id integer PRIMARY KEY, paid_on date);
INSERT INTO invoice VALUES (1, '2018-01-01'), (2, '2018-12-31'), (3, '2019-01-01'), (4, '2019-12-31'), (5, NULL);
