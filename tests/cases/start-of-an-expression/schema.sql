CREATE TABLE subscription (id integer PRIMARY KEY, kind varchar(10), ended_on date, cancelled_on date, paid_on date);
