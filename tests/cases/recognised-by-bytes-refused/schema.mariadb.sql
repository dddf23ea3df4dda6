CREATE TABLE person (id integer PRIMARY KEY, photo blob, left_on date);
