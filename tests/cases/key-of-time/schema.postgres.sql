CREATE TABLE reading (device integer, at timestamptz, value integer, PRIMARY KEY (device, at));
INSERT INTO reading VALUES (1, '2020-01-01 00:00:00.123456+00', 1), (1, '2020-01-01 00:00:00.123457+00', 1), (2, '2020-01-01 00:00:00+02', 1), (2, '2025-12-01 00:00:00+00', 1);
