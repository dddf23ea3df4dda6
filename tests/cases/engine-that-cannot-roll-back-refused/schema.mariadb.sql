CREATE TABLE note (id integer PRIMARY KEY, made_on date, body varchar(80)) ENGINE = MyISAM;
CREATE INDEX note_made ON note (made_on);
INSERT INTO note VALUES (1, '2020-01-01', 'old'), (2, '2025-02-28', 'its year ended yesterday'), (3, '2026-02-01', 'young');
