CREATE TABLE person (id integer PRIMARY KEY, left_on date, email varchar(30) UNIQUE);
