CREATE TABLE person (id integer PRIMARY KEY, name varchar(20), left_on date);
