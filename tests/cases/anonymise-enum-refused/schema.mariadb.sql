CREATE TABLE person (id integer PRIMARY KEY, mood ENUM('good', 'bad'), left_on date);
INSERT INTO person VALUES (1, 'good', '2020-01-01');
