CREATE TABLE person (id integer PRIMARY KEY, name varchar(20), active boolean);
CREATE TABLE rental (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id), back_on date);
CREATE TABLE payment (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id), rental_id integer NOT NULL REFERENCES rental (id), paid_on date);
INSERT INTO person VALUES (1, 'gone', FALSE), (2, 'paid lately', FALSE), (3, 'still out', FALSE), (4, 'active', TRUE), (5, 'back lately', FALSE);
INSERT INTO rental VALUES (1, 1, '2015-01-01'), (2, 1, '2016-01-01'), (3, 2, '2016-01-01'), (4, 3, NULL), (5, 4, '2015-01-01'), (6, 5, '2025-12-01'), (7, 3, '2015-01-01');
INSERT INTO payment VALUES (1, 1, 1, '2015-01-01'), (2, 2, 3, '2025-12-01'), (3, 4, 5, '2015-01-01'), (4, 3, 7, '2015-01-01');
