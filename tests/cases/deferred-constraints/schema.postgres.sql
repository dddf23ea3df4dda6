CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED);
