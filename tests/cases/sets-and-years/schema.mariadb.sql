CREATE TABLE person (id integer PRIMARY KEY, name varchar(20), born year, hobbies set('chess', 'go', 'bridge'), left_on date);
CREATE INDEX person_left ON person (left_on);
INSERT INTO person VALUES (1, 'Ada', 1950, 'chess,go', '2020-01-01'), (2, 'Bea', 1960, 'chess', '2020-01-01'),
  (3, 'Cor', 1940, 'go', '2020-01-01'), (4, 'Dirk', 1970, 'go', '2026-01-01');
