CREATE TABLE channel (id integer PRIMARY KEY, made_on date);
CREATE TABLE message (id integer PRIMARY KEY, channel_id integer, sent_on date, FOREIGN KEY (channel_id) REFERENCES channel (id));
INSERT INTO channel VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2026-01-01');
INSERT INTO message VALUES (1, 1, '2020-01-02'), (2, 1, '2026-02-01'), (3, 2, '2020-01-02'), (4, NULL, '2020-01-02');
