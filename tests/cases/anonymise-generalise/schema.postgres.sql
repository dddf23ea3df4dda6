CREATE TABLE person (id integer PRIMARY KEY, left_on date, born date, registered date, ip varchar(45), postcode varchar(10));
