CREATE TABLE ticket (id integer PRIMARY KEY, closed boolean, closed_on date, opened_on date);
