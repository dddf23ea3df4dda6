CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(5) NOT NULL);
