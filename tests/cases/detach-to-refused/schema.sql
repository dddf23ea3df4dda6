CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE robot (id integer PRIMARY KEY);
CREATE TABLE badge (person_id integer NOT NULL PRIMARY KEY REFERENCES person (id));
CREATE TABLE locker (id integer PRIMARY KEY, person_id integer NOT NULL UNIQUE REFERENCES person (id));
CREATE TABLE desk (id integer PRIMARY KEY, owner_id integer NOT NULL, FOREIGN KEY (owner_id) REFERENCES person (id), CONSTRAINT of_robot FOREIGN KEY (owner_id) REFERENCES robot (id));
CREATE TABLE seat (id integer PRIMARY KEY, person_id integer NOT NULL REFERENCES person (id));
CREATE TABLE file (tenant integer NOT NULL, id integer NOT NULL, closed_on date, PRIMARY KEY (tenant, id));
CREATE TABLE page (id integer PRIMARY KEY, tenant integer, file_id integer, FOREIGN KEY (tenant, file_id) REFERENCES file (tenant, id));
CREATE TABLE pass (person_id integer NOT NULL REFERENCES person (id), given_on date NOT NULL, UNIQUE (person_id, given_on));
