CREATE TABLE application (id integer PRIMARY KEY, closed_on date);
CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE note (id integer PRIMARY KEY, subject_type varchar(20), subject_id integer, written_on date);
