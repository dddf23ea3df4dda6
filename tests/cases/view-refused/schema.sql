CREATE TABLE note (id integer PRIMARY KEY, made_on date);
CREATE VIEW notes AS SELECT * FROM note;
