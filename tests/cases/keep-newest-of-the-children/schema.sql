CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE visit (id integer PRIMARY KEY, person_id integer REFERENCES person (id), left_on date);
