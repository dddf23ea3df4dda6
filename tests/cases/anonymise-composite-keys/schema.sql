CREATE TABLE person (tenant integer NOT NULL, no integer NOT NULL, name varchar(20) NOT NULL, email varchar(60) NOT NULL, left_on date, PRIMARY KEY (tenant, no));
INSERT INTO person VALUES (1, 1, 'Ada', 'a', '2020-01-01'), (1, 2, 'Bo', 'b', '2026-01-01'), (2, 1, 'Cy', 'c', '2026-01-01'), (2, 2, 'Di', 'd', '2020-01-01');
