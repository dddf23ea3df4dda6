CREATE TABLE visit (id integer PRIMARY KEY, left_on date, left_at timestamptz, name varchar(40));
