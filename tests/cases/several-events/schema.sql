CREATE TABLE account (id integer PRIMARY KEY, closed_on date, seen_on date, paid_on date);
INSERT INTO account VALUES
  (1, '2020-01-01', '2020-01-01', '2020-01-01'),
  (2, NULL, '2020-01-01', '2020-01-01'),
  (3, '2020-01-01', NULL, '2020-01-01'),
  (4, NULL, NULL, '2020-01-01'),
  (5, '2020-01-01', '2025-06-01', NULL),
  (6, '2020-01-01', '2025-06-01', '2025-06-01'),
  (7, '2025-06-01', '2020-01-01', '2020-01-01');
