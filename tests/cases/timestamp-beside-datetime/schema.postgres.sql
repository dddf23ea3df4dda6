SET TIME ZONE 'America/New_York';
CREATE TABLE login (id integer PRIMARY KEY, seen timestamptz);
CREATE TABLE visit (id integer PRIMARY KEY, seen timestamp);
INSERT INTO login VALUES (1, '2026-02-28 07:00:00'), (2, '2026-02-28 07:00:01'), (3, '2026-02-28 08:00:00');
INSERT INTO visit VALUES (1, '2026-02-28 12:00:00'), (2, '2026-02-28 13:00:00'), (3, '2026-02-28 13:00:01');
