CREATE TABLE reading (device integer NOT NULL, at text NOT NULL, value integer, PRIMARY KEY (device, at)) WITHOUT ROWID;
INSERT INTO reading VALUES (1, '2020-01-01 00:00:00', 1), (1, '2020-01-01 00:00:01', 1), (2, '2019-12-31 22:00:00', 1), (2, '2025-12-01 00:00:00', 1);
