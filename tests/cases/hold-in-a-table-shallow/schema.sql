CREATE TABLE matter (id integer PRIMARY KEY, closed_on date, pinned boolean NOT NULL);
CREATE TABLE paper (id integer PRIMARY KEY, matter_id integer REFERENCES matter (id), dated_on date);
CREATE TABLE page (id integer PRIMARY KEY, paper_id integer NOT NULL REFERENCES paper (id), dated_on date, body varchar(20));
CREATE TABLE lien (id integer PRIMARY KEY, matter_id integer NOT NULL REFERENCES matter (id), kind varchar(20) NOT NULL);
CREATE INDEX lien_matter ON lien (matter_id);
INSERT INTO matter VALUES (1, '2020-01-01', FALSE), (2, '2020-01-01', FALSE), (3, '2020-01-01', FALSE), (4, '2020-01-01', TRUE);
INSERT INTO paper VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 3, '2020-01-01'), (4, 4, '2020-01-01'), (5, 2, '2020-01-01');
INSERT INTO page VALUES (1, 1, '2020-01-01', 'a'), (2, 2, '2020-01-01', 'b'), (3, 3, '2020-01-01', 'c'), (4, 4, '2020-01-01', 'd');
INSERT INTO lien VALUES (1, 1, 'shallow'), (2, 2, 'deep');
