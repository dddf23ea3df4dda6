CREATE TABLE person (id integer PRIMARY KEY, name varchar(10), left_on date);
CREATE TABLE room (id integer PRIMARY KEY, closed_on date);
CREATE TABLE chat (id integer PRIMARY KEY, owner_id integer REFERENCES person (id), room_id integer REFERENCES room (id));
CREATE INDEX chat_owner ON chat (owner_id);
CREATE INDEX chat_room ON chat (room_id);
INSERT INTO person VALUES (1, 'a', '2020-01-01'), (2, 'b', '2025-12-01');
INSERT INTO room VALUES (1, '2020-01-01'), (2, NULL), (3, '2020-01-01');
INSERT INTO chat VALUES (11, 1, 1), (12, 1, 2), (10, 1, NULL), (21, 2, 1), (20, 2, NULL), (3, NULL, 3);
