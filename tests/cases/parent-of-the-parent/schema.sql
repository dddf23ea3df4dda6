CREATE TABLE matter (id integer PRIMARY KEY, closed_on date);
CREATE TABLE file (id integer PRIMARY KEY, matter_id integer REFERENCES matter (id));
CREATE TABLE letter (id integer PRIMARY KEY, file_id integer REFERENCES file (id), body varchar(20));
INSERT INTO matter VALUES (1, '2016-02-28'), (2, '2016-03-01'), (3, NULL);
INSERT INTO file VALUES (10, 1), (20, 2), (30, 3), (40, NULL);
INSERT INTO letter VALUES (1, 10, 'due'), (2, 10, 'due'), (3, 20, 'a day short'), (4, 30, 'open'), (5, 40, 'no matter'), (6, NULL, 'no file');
