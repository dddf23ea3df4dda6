CREATE TABLE employee (id integer PRIMARY KEY, left_on date, name varchar(20) NOT NULL);
CREATE TABLE title (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id));
CREATE TABLE salary (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id), paid_on date);
INSERT INTO employee VALUES (1, '2024-01-01', 'Ann'), (2, '2018-01-01', 'Bob'), (3, '2025-12-01', 'Cy');
INSERT INTO title VALUES (1, 1), (2, 1), (3, 2), (4, 3);
INSERT INTO salary VALUES (1, 1, '2023-12-01'), (2, 2, '2017-12-01'), (3, 3, '2010-01-01'), (4, 1, '2017-12-01');
