CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer, FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE);
