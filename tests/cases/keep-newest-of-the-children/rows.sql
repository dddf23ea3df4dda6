INSERT INTO person VALUES (1), (2), (3);
INSERT INTO visit VALUES (1, 1, '2020-01-01'), (2, 1, '2021-01-01'), (3, 2, '2020-01-01'), (4, 2, '2026-02-01');
