CREATE TABLE member (id integer PRIMARY KEY, ended varchar(30), seen varchar(30));
