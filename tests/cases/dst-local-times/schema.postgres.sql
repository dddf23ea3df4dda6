CREATE TABLE login (id integer PRIMARY KEY, seen_at timestamp);
