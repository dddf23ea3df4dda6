CREATE TABLE service (id integer PRIMARY KEY, grace_days integer);
CREATE TABLE agreement (id integer PRIMARY KEY, service_id integer REFERENCES service (id), ended_on date);
