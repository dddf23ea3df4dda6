CREATE TABLE invoice (id integer PRIMARY KEY, paid_at timestamp);
