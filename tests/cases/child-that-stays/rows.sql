INSERT INTO employee VALUES (1, 'Ann', '2020-01-01'), (2, 'Bob', '2020-01-01'), (3, 'Cas', '2020-01-01'), (4, 'Dan', NULL);
INSERT INTO contract VALUES (1, 2), (2, 4);
INSERT INTO badge VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO approval VALUES (1, 3);
