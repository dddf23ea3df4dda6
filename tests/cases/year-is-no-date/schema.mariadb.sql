CREATE TABLE note (id integer PRIMARY KEY, born year);
