CREATE TABLE login (id integer PRIMARY KEY, user_id integer, logged_on date, device varchar(10));
