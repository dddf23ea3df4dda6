CREATE TABLE candidate (id integer PRIMARY KEY);
CREATE TABLE vacancy (id integer PRIMARY KEY, filled_on date);
CREATE TABLE application (id integer PRIMARY KEY, candidate_id integer NOT NULL REFERENCES candidate (id), vacancy_id integer REFERENCES vacancy (id), applied_on date);
CREATE INDEX application_candidate ON application (candidate_id);
CREATE INDEX application_vacancy ON application (vacancy_id);
INSERT INTO candidate VALUES (1), (2), (3), (4);
INSERT INTO vacancy VALUES (1, '2020-01-01'), (2, '2024-06-01'), (3, '2025-01-01'), (4, NULL);
INSERT INTO application VALUES (11, 1, 1, '2020-01-01'), (12, 1, 3, '2020-01-01'), (13, 1, 2, '2020-01-01'),
 (21, 2, 1, '2020-01-01'), (31, 3, 4, '2020-01-01'), (32, 3, 3, '2020-01-01'), (41, 4, 3, '2020-01-01'), (42, 4, NULL, '2020-01-01');
