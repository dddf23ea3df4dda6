CREATE TABLE login (who varchar(20), seen date);
INSERT INTO login VALUES ('a', '2020-01-01');
