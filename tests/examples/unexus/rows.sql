INSERT INTO website_activity (id, visitor_key, ip_address, location, browser, path, happened_at, study_ends_on) VALUES
  (1, 'v', 'ip', 'l', 'b', '/fifty-months', '2022-01-01 00:00:00', NULL),
  (2, 'v', 'ip', 'l', 'b', '/one-second-less', '2022-01-01 00:00:01', NULL),
  (3, 'v', 'ip', 'l', 'b', '/studied', '2020-01-01 00:00:00', '2026-03-01'),
  (4, 'v', 'ip', 'l', 'b', '/was-studied', '2020-01-01 00:00:00', '2026-02-28');
INSERT INTO contact_request (id, name, phone, email, question, received_at, called_back_at, answered_at, newsletter_consent_at, newsletter_withdrawn_at, investigation_reference) VALUES
  (1, 'goes: answered', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, '2026-02-28 12:00:00', NULL, NULL, NULL),
  (2, 'called back', 'p', 'e', 'q', '2025-01-01 00:00:00', '2026-02-01 00:00:00', NULL, NULL, NULL, NULL),
  (3, 'reads the newsletter', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, '2026-02-01 00:00:00', '2025-01-01 00:00:00', NULL, NULL),
  (4, 'goes: read the newsletter', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, '2025-02-01 00:00:00', '2025-01-01 00:00:00', '2026-03-01 00:00:00', NULL),
  (5, 'waits', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, NULL, NULL, NULL, NULL),
  (6, 'investigated', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, '2025-02-01 00:00:00', NULL, NULL, 'J-1'),
  (7, 'answered in a second', NULL, 'e', 'q', '2025-01-01 00:00:00', NULL, '2026-03-01 00:00:01', NULL, NULL, NULL),
  (8, 'called back in a second', 'p', 'e', 'q', '2025-01-01 00:00:00', '2026-03-01 00:00:01', NULL, NULL, NULL, NULL),
  (9, 'reads it for a second', 'p', 'e', 'q', '2025-01-01 00:00:00', NULL, '2025-02-01 00:00:00', '2025-01-01 00:00:00', '2026-03-01 00:00:01', NULL);
INSERT INTO consent_evidence (id, contact_request_id, form_version, happened_at) VALUES
  (1, 3, '1', '2025-01-01 00:00:00'), (2, 4, '1', '2025-01-01 00:00:00');
INSERT INTO cookie (id, name, value, placed_at, session_ended_at) VALUES
  (1, '_ga', 'goes', '2026-02-01 00:00:00', '2026-03-01 00:00:00'),
  (2, 'SM', 'stays: the session lasts', '2020-01-01 00:00:00', NULL),
  (3, '_clsk', 'goes', '2026-02-28 00:00:00', NULL),
  (4, 'ANONCHK', 'stays for a second', '2026-02-28 00:00:01', NULL),
  (5, 'MR', 'goes', '2026-02-22 00:00:00', NULL),
  (6, 'MR', 'stays for a second', '2026-02-22 00:00:01', NULL),
  (7, 'MUID', 'goes', '2025-03-01 00:00:00', NULL),
  (8, 'CLID', 'stays for a second', '2025-03-01 00:00:01', NULL),
  (10, '_gid', 'stays: the session ends in a second', '2026-02-01 00:00:00', '2026-03-01 00:00:01'),
  (9, 'unknown', 'stays: not in the policy', '2020-01-01 00:00:00', '2020-01-01 00:00:00');
INSERT INTO customer (id, name, email, phone, street, postcode, bank_account, service_ended_on) VALUES
  (1, 'Ada', 'c1@example.com', 'p', 's', '3532 AD', 'b', '2026-02-28'),
  (2, 'Bo', 'c2@example.com', 'p', 's', '3532 AD', 'b', '2026-03-01'),
  (3, 'Cy', 'c3@example.com', 'p', 's', '3532 AD', 'b', NULL),
  (4, 'Di', 'c4@example.com', NULL, NULL, NULL, NULL, '2020-01-01');
