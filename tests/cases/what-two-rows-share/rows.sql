INSERT INTO message VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2026-01-01'), (5, '2020-01-01');
INSERT INTO reaction VALUES (2, 1), (4, 3);
