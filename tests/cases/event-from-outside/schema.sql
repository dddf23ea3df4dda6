CREATE TABLE agreement (id integer PRIMARY KEY, name varchar(10), held boolean);
CREATE TABLE attachment (id integer PRIMARY KEY, agreement_id integer REFERENCES agreement (id));
