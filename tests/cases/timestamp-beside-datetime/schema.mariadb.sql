SET time_zone = '+00:00';
CREATE TABLE login (id integer PRIMARY KEY, seen timestamp NULL);
CREATE TABLE visit (id integer PRIMARY KEY, seen datetime);
INSERT INTO login VALUES (1, '2026-02-28 12:00:00'), (2, '2026-02-28 12:00:01'), (3, '2026-02-28 13:00:00');
INSERT INTO visit VALUES (1, '2026-02-28 12:00:00'), (2, '2026-02-28 13:00:00'), (3, '2026-02-28 13:00:01');
