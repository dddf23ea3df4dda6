CREATE TABLE plan (id integer PRIMARY KEY, years integer);
CREATE TABLE contract (id integer PRIMARY KEY, plan_id integer REFERENCES plan (id));
CREATE TABLE member (id integer PRIMARY KEY, contract_id integer REFERENCES contract (id));
CREATE TABLE visit (id integer PRIMARY KEY, member_id integer REFERENCES member (id), left_on date);
