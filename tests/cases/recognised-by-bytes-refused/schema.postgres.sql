CREATE TABLE person (id integer PRIMARY KEY, photo bytea, left_on date);
