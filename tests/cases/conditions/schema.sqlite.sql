CREATE TABLE ticket (id integer PRIMARY KEY, ended_on date, state text, paid boolean, amount real, title varchar(40));
