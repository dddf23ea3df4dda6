INSERT INTO person VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2025-12-01');
INSERT INTO letter VALUES (1, 1), (2, 2), (3, 3);
