CREATE TABLE dossier (id integer PRIMARY KEY, closed_on date);
CREATE TABLE embargo (id integer PRIMARY KEY, number integer, dossier_id integer, ends_on date);
CREATE VIEW lasting AS SELECT dossier_id FROM embargo;
