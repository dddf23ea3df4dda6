CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE message (id integer PRIMARY KEY, sender_id integer REFERENCES person (id), recipient_id integer REFERENCES person (id));
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2025-12-01'), (4, NULL);
INSERT INTO message VALUES (1, 1, 2), (2, 1, 3), (3, 3, 1), (4, 3, 4), (5, 2, 2), (6, NULL, 2), (7, 2, NULL);
