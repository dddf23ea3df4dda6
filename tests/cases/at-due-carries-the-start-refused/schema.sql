CREATE TABLE employee (id integer PRIMARY KEY, name varchar(20));
CREATE TABLE post (id integer PRIMARY KEY, employee_id integer REFERENCES employee (id), to_date date);
