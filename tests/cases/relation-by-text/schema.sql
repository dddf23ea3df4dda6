CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE note (id integer PRIMARY KEY, subject varchar(20));
CREATE INDEX note_subject ON note (subject);
INSERT INTO person VALUES (42, '2020-01-01'), (4, '2025-12-01'), (7, '2020-01-01'), (-3, '2020-01-01');
INSERT INTO note VALUES (1, '42'), (2, '042'), (3, ' 42'), (4, '42 '), (5, '42abc'), (6, '42.0'), (7, '+42'), (8, '4'), (9, NULL),
  (10, '7'), (11, '-3'), (12, '3'), (13, ''), (14, '4.2e1'), (15, '0x2a');
