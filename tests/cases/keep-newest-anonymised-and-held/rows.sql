INSERT INTO address VALUES
  (1, 1, FALSE, '2020-01-01', 'a'), (2, 1, FALSE, '2021-01-01', 'b'),
  (3, 2, TRUE, '2020-01-01', 'c'), (4, 2, FALSE, '2021-01-01', 'd'),
  (5, 3, FALSE, '2020-01-01', 'e');
