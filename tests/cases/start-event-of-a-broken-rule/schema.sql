CREATE TABLE person (id integer PRIMARY KEY, name varchar(20));
CREATE TABLE login (id integer PRIMARY KEY, person_id integer REFERENCES person (id), at_day date);
