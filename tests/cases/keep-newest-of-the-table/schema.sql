CREATE TABLE run (name varchar(10) NOT NULL, number integer NOT NULL, ended_on date, PRIMARY KEY (name, number));
