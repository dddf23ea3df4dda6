CREATE TABLE person (id integer PRIMARY KEY, code varchar(10), height real, left_on date);
CREATE TABLE note (id integer PRIMARY KEY, subject varchar(20), number integer, rest varchar(20));
CREATE TABLE embargo (id integer PRIMARY KEY, about varchar(20));
