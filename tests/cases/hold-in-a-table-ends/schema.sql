CREATE TABLE dossier (id integer PRIMARY KEY, number varchar(20), closed_on date);
CREATE TABLE embargo (id integer PRIMARY KEY, number varchar(20), ends_on date);
INSERT INTO dossier VALUES (1, 'a', '2020-01-01'), (2, 'b', '2020-01-01'), (3, 'c', '2020-01-01'), (4, 'd', '2020-01-01'), (5, 'e', '2020-01-01'), (6, NULL, '2020-01-01'), (7, 'g', '2020-01-01');
INSERT INTO embargo VALUES (1, 'a', NULL), (2, 'b', '2026-02-28'), (3, 'c', '2026-03-01'), (4, 'd', '9999-12-31'), (5, 'e', '2020-01-01'), (6, 'e', '2027-01-01'), (7, NULL, NULL), (8, 'g', '1900-01-01');
