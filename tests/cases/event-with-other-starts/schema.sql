CREATE TABLE member (code varchar(10) NOT NULL PRIMARY KEY, left_on date, email varchar(40));
