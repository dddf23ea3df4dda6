INSERT INTO matter VALUES (1), (2), (3), (4);
INSERT INTO ruling VALUES (1, 1, '2020-01-01'), (2, 1, '2024-01-01'), (3, 2, '2020-01-01'), (4, 2, NULL), (5, 3, '2025-06-01'), (6, NULL, '2020-01-01');
INSERT INTO document VALUES (1, 1), (2, 1), (3, 2), (4, 3), (5, 4), (6, NULL);
