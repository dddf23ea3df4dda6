INSERT INTO application VALUES (7, '2020-01-01'), (8, '2025-06-01'), (9, '2020-01-01');
INSERT INTO person VALUES (7, '2025-06-01'), (8, '2020-01-01'), (9, NULL), (10, '2020-01-01');
INSERT INTO note VALUES
  (1, 'application', 7, '2020-01-01'),
  (2, 'person', 7, '2020-01-01'),
  (3, NULL, 7, '2020-01-01'),
  (4, 'application', 8, '2020-01-01'),
  (5, 'person', 8, '2025-06-01'),
  (6, 'person', 10, '2020-01-01'),
  (7, 'application', 10, '2020-01-01');
