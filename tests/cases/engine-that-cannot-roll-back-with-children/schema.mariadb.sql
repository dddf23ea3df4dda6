CREATE TABLE note (id integer PRIMARY KEY, made_on date) ENGINE = MyISAM;
CREATE TABLE line (id integer PRIMARY KEY, note_id integer NOT NULL) ENGINE = MyISAM;
CREATE INDEX note_made ON note (made_on);
CREATE INDEX line_note ON line (note_id);
INSERT INTO note VALUES (1, '2020-01-01'), (2, '2020-02-01'), (3, '2020-03-01'), (4, '2026-02-01');
INSERT INTO line VALUES (11, 1), (12, 1), (21, 2), (22, 2), (31, 3), (41, 4);
