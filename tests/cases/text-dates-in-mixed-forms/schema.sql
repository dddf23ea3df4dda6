CREATE TABLE member (id integer PRIMARY KEY, ended varchar(30));
