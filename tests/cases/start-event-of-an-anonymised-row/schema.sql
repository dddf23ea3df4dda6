CREATE TABLE person (id integer PRIMARY KEY, name varchar(20), made_on date);
CREATE TABLE login (id integer PRIMARY KEY, person_id integer REFERENCES person (id), at_day date);
CREATE INDEX login_person ON login (person_id);
INSERT INTO person VALUES (1, 'active', '2010-01-01'), (2, 'gone', '2010-01-01'), (3, 'ANON', '2010-01-01'), (4, 'never came', '2010-01-01');
INSERT INTO login VALUES (11, 1, '2025-01-01'), (12, 1, '2025-06-01'), (13, 1, '2019-01-01'), (21, 2, '2020-01-01'), (22, 2, '2019-01-01'), (31, 3, '2020-01-01');
