CREATE TABLE reading (device integer, at timestamp(6) NOT NULL DEFAULT '2020-01-01', value integer, PRIMARY KEY (device, at));
INSERT INTO reading VALUES (1, '2020-01-01 00:00:00.123456', 1), (1, '2020-01-01 00:00:00.123457', 1), (2, '2019-12-31 22:00:00', 1), (2, '2025-12-01 00:00:00', 1);
