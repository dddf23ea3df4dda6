CREATE TABLE visit (id integer PRIMARY KEY, left_on date);
