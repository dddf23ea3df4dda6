INSERT INTO product VALUES ('a', 'Ann', '2020-01-01'), ('b', 'Bob', '2020-01-01'), ('c', 'Cas', '2020-01-01'), ('d', 'Dan', NULL);
INSERT INTO purchase VALUES (1, '2016-01-01'), (2, '2024-01-01');
INSERT INTO line VALUES (1, 'a', 1), (1, 'b', 1), (1, 'd', 1), (2, 'b', 1), (2, 'd', 1);
