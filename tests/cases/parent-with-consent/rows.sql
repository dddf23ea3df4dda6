INSERT INTO vacancy VALUES (1, '2026-02-01'), (2, '2026-01-31'), (3, NULL);
INSERT INTO application VALUES
  (1, 1, 'rejected', NULL, NULL),
  (2, 2, 'rejected', NULL, NULL),
  (3, 3, 'rejected', NULL, NULL),
  (4, 2, 'rejected', '2025-06-01', NULL),
  (5, 2, 'rejected', '2025-02-28', NULL),
  (6, 2, 'rejected', '2025-06-01', '2025-07-01'),
  (7, 2, 'hired', NULL, NULL),
  (8, 2, NULL, NULL, NULL),
  (9, NULL, 'rejected', NULL, NULL),
  (10, 3, 'rejected', '2025-02-28', NULL);
