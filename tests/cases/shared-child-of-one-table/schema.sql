CREATE TABLE person (id integer PRIMARY KEY, left_on date, held boolean NOT NULL);
CREATE TABLE message (id integer PRIMARY KEY, sender_id integer REFERENCES person (id), recipient_id integer REFERENCES person (id));
CREATE TABLE attachment (id integer PRIMARY KEY, message_id integer NOT NULL REFERENCES message (id));
CREATE INDEX message_sender ON message (sender_id);
CREATE INDEX message_recipient ON message (recipient_id);
INSERT INTO person VALUES (1, '2020-01-01', FALSE), (2, '2020-01-01', FALSE), (3, '2020-01-01', FALSE), (4, '2025-12-01', FALSE), (5, '2020-01-01', TRUE), (6, '2020-01-01', FALSE);
INSERT INTO message VALUES (12, 1, 2), (21, 2, 1), (11, 1, 1), (34, 3, 4), (30, 3, NULL), (65, 6, 5), (44, 4, 4);
INSERT INTO attachment VALUES (12, 12), (34, 34);
