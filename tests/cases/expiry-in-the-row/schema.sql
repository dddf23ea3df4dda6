CREATE TABLE cookie (id integer PRIMARY KEY, kind varchar(20), expires_on date, set_on date);
