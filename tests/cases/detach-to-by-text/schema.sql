CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE invoice (id integer PRIMARY KEY, person_id integer REFERENCES person (id));
CREATE TABLE mail (id integer PRIMARY KEY, about varchar(20) NOT NULL);
CREATE INDEX invoice_person ON invoice (person_id);
CREATE INDEX mail_about ON mail (about);
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2025-12-01'), (3, '2020-01-01');
INSERT INTO invoice VALUES (0, NULL), (10, 1), (11, 1), (20, 2), (30, 3);
INSERT INTO mail VALUES (1, 'INV-10'), (2, 'INV-11'), (3, 'INV-20'), (4, 'inv-10'), (5, 'INV-010'), (6, 'INV-0'), (7, 'INV-30');
