CREATE TABLE contract (id integer PRIMARY KEY);
CREATE TABLE journal (id integer PRIMARY KEY, subject varchar(10), subject_id integer, kind varchar(10), happened_on date, undone_on date);
