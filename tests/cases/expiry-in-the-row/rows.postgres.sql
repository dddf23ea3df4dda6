INSERT INTO cookie VALUES (20, 'functional', 'infinity', '2019-01-01'), (21, 'functional', '-infinity', '2019-01-01');
INSERT INTO cookie VALUES
  (1, 'functional', '2026-02-28', '2026-01-01'),
  (2, 'functional', '2026-03-01', '2026-01-01'),
  (3, 'functional', NULL, '2019-01-01'),
  (4, 'functional', '9999-12-31', '2019-01-01'),
  (5, 'functional', '2038-01-19', '2019-01-01'),
  (6, 'marketing', '2026-02-28', '2024-01-01'),
  (7, 'marketing', '9999-12-31', '2025-02-28'),
  (8, 'marketing', NULL, '2025-03-01');
