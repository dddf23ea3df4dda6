CREATE TABLE vacancy (id integer PRIMARY KEY, filled_on date);
CREATE TABLE application (
  id integer PRIMARY KEY,
  vacancy_id integer REFERENCES vacancy (id),
  status varchar(20),
  consent_on date,
  withdrawn_on date
);
