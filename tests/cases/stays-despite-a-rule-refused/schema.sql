CREATE TABLE employee (id integer PRIMARY KEY, left_on date);
CREATE TABLE contract (id integer PRIMARY KEY, signed_by integer NOT NULL REFERENCES employee (id), ended_on date);
