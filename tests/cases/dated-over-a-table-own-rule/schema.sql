CREATE TABLE person (id integer PRIMARY KEY, name varchar(20));
CREATE TABLE account (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id));
CREATE TABLE purchase (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES account (id), ordered_on date, paid_on date, disputed boolean NOT NULL);
INSERT INTO person VALUES (1, 'gone'), (2, 'paid late'), (3, 'not delivered'), (4, 'active'), (5, 'never bought'), (6, 'lately'), (7, 'disputed');
INSERT INTO account VALUES (1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 5), (8, 6), (9, 6), (10, 7);
INSERT INTO purchase VALUES (1, 1, '2015-01-01', '2015-01-01', FALSE), (2, 2, '2016-01-01', '2016-01-01', FALSE), (3, 3, '2017-01-01', '2022-01-01', FALSE), (4, 4, '2015-01-01', '2015-01-01', FALSE), (5, 5, NULL, NULL, FALSE), (6, 6, '2025-01-01', '2025-01-01', FALSE), (8, 8, '2018-06-01', '2018-06-01', FALSE), (9, 9, '2017-01-01', '2017-01-01', FALSE), (10, 10, '2015-01-01', '2015-01-01', TRUE);
