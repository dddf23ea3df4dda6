CREATE TABLE invoice (id integer PRIMARY KEY, city varchar(20), made_at datetime);
