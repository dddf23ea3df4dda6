INSERT INTO visitor (id, country, first_seen_at) VALUES (1, 'NL', '2024-01-01 00:00:00');
INSERT INTO consent (id, visitor_id, category, given_at, withdrawn_at) VALUES
  (1, 1, 'analytical', '2024-01-01 00:00:00', NULL),
  (2, 1, 'marketing', '2024-01-01 00:00:00', '2026-02-28 23:59:59'),
  (3, 1, 'marketing', '2024-01-01 00:00:00', '2026-03-01 00:00:00'),
  (4, 1, 'marketing', '2024-01-01 00:00:00', '2026-03-01 00:00:01'),
  (5, 1, 'marketing', '2024-01-01 00:00:00', '2025-01-01 00:00:00');
INSERT INTO identifier (id, visitor_id, consent_id, name, class, value, placed_at, expires_at) VALUES
  (1, 1, NULL, 'goes: it expires now', 'functional', 'x', '2025-01-01 00:00:00', '2026-03-01 00:00:00'),
  (2, 1, NULL, 'stays for a second', 'functional', 'x', '2025-01-01 00:00:00', '2026-03-01 00:00:01'),
  (3, 1, NULL, 'stays: no expiry', 'functional', 'x', '2025-01-01 00:00:00', NULL),
  (4, 1, 1, 'goes: expired', 'analytical', 'x', '2025-01-01 00:00:00', '2026-02-01 00:00:00'),
  (5, 1, 1, 'stays: consent', 'analytical', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (6, 1, 2, 'goes: withdrawn', 'marketing', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (7, 1, 3, 'goes: withdrawn now', 'marketing', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (8, 1, 4, 'stays: withdrawn in a second', 'marketing', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (9, 1, NULL, 'stays: of no class', NULL, 'x', '2019-01-01 00:00:00', '2020-01-01 00:00:00'),
  (10, 1, NULL, 'stays: of another class', 'other', 'x', '2019-01-01 00:00:00', '2020-01-01 00:00:00'),
  (11, 1, 2, 'stays: needs no consent', 'functional', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (12, 1, NULL, 'stays: neither', 'marketing', 'x', '2025-01-01 00:00:00', NULL),
  (13, 1, 3, 'goes: analytical, withdrawn now', 'analytical', 'x', '2025-01-01 00:00:00', '2027-01-01 00:00:00'),
  (14, 1, 1, 'stays for a second', 'analytical', 'x', '2025-01-01 00:00:00', '2026-03-01 00:00:01');
