CREATE TABLE employee (id integer PRIMARY KEY, manager_id integer, left_on date, FOREIGN KEY (manager_id) REFERENCES employee (id));
CREATE INDEX employee_manager ON employee (manager_id);
INSERT INTO employee VALUES (1, NULL, '2020-01-01'), (2, 1, '2020-01-01'), (3, 2, '2020-01-01');
