CREATE TABLE doc (id integer PRIMARY KEY, ended_on date);
CREATE TABLE page (id integer PRIMARY KEY, doc_id integer NOT NULL REFERENCES doc (id));
CREATE TABLE mark (id integer PRIMARY KEY, page_id integer REFERENCES page (id));
INSERT INTO doc VALUES (1, '2020-01-01'), (2, '2025-12-01'), (3, '2020-01-01'), (4, '2020-01-01');
INSERT INTO page VALUES (1, 1), (2, 1), (3, 2), (4, 3), (5, 3), (6, 3);
INSERT INTO mark VALUES (1, 1), (2, 1), (3, 2), (4, 3), (5, NULL), (6, 6);
