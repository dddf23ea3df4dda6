CREATE TABLE employee (id integer PRIMARY KEY, name varchar(20), phone varchar(20), left_on date);
CREATE TABLE salary (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id), paid_on date);
CREATE TABLE title (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id));
CREATE TABLE badge (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id));
INSERT INTO employee VALUES (1, 'ANON', NULL, '2017-01-01'), (2, 'ANON', NULL, '2017-01-01'), (3, 'new', '1', '2024-01-01'), (4, 'here', '2', NULL);
INSERT INTO salary VALUES (1, 1, '2016-12-01'), (2, 2, '2016-12-01'), (3, 2, '2020-12-01'), (4, 3, '2023-12-01'), (5, 4, '2016-12-01');
INSERT INTO title VALUES (3, 3), (4, 4);
INSERT INTO badge VALUES (1, 1), (2, 2), (3, 3);
