CREATE TABLE vacancy (id integer PRIMARY KEY);
CREATE TABLE interview (id integer PRIMARY KEY, vacancy_id integer REFERENCES vacancy (id), round_id integer);
CREATE TABLE round (id integer PRIMARY KEY, decided_on date);
CREATE TABLE candidate (id integer PRIMARY KEY);
CREATE TABLE application (id integer PRIMARY KEY, candidate_id integer REFERENCES candidate (id), vacancy_id integer REFERENCES vacancy (id));
