CREATE TABLE ticket (id integer PRIMARY KEY, name varchar(20), closed_on date);
