CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE person (id integer PRIMARY KEY, mood mood, left_on date);
INSERT INTO person VALUES (1, 'good', '2020-01-01');
