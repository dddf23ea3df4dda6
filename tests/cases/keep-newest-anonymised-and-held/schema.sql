CREATE TABLE address (id integer PRIMARY KEY, person_id integer, held boolean, moved_in date, street varchar(20));
