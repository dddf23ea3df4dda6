CREATE TABLE person (id integer PRIMARY KEY, left_on date, first varchar(10), initials varchar(5) GENERATED ALWAYS AS (substr(first, 1, 1)) STORED);
