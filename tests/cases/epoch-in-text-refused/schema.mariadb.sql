CREATE TABLE login (id integer PRIMARY KEY, seen varchar(20));
INSERT INTO login VALUES (1, '1577836800');
