INSERT INTO contract VALUES (1), (2), (3), (4), (5), (6), (7);
INSERT INTO journal VALUES
  (1, 'contract', 1, 'ended', '2020-01-01', NULL),
  (2, 'contract', 2, 'ended', '2020-01-01', '2020-02-01'),
  (3, 'contract', 3, 'ended', '2020-01-01', '2020-02-01'), (4, 'contract', 3, 'ended', '2021-01-01', NULL),
  (5, 'contract', 4, 'ended', '2025-12-01', NULL),
  (6, 'person', 5, 'ended', '2020-01-01', NULL),
  (7, 'contract', 6, 'begun', '2020-01-01', NULL),
  (8, 'contract', 7, 'ended', '2020-01-01', NULL), (9, 'contract', 7, 'ended', NULL, NULL);
