CREATE TABLE person (id integer PRIMARY KEY, left_on date, name varchar(3) NOT NULL);
