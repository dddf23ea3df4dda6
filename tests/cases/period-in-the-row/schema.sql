CREATE TABLE document (id integer PRIMARY KEY, created_on date, keep_months bigint, consent varchar(3));
