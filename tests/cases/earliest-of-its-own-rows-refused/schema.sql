CREATE TABLE matter (id integer PRIMARY KEY, closed_on date);
CREATE TABLE ruling (id integer PRIMARY KEY, matter_id integer REFERENCES matter (id), final_on date);
CREATE TABLE document (id integer PRIMARY KEY, matter_id integer REFERENCES matter (id), written_on date);
