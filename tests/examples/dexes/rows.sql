INSERT INTO account (id, name, company, email, phone, closed_at) VALUES
  (1, 'goes: closed now', 'C', 'a1@example.com', '1', '2026-03-01 00:00:00'),
  (2, 'waits for an open question', 'C', 'a2@example.com', '2', '2025-01-01 00:00:00'),
  (3, 'stays: open', 'C', 'a3@example.com', '3', NULL),
  (4, 'stays for a second', 'C', 'a4@example.com', '4', '2026-03-01 00:00:01');
INSERT INTO device_measurement (id, account_id, ip_address, operating_system, browser, measured_at) VALUES
  (1, 1, '192.0.2.1', 'L', 'F', '2024-01-01 00:00:00'),
  (2, 2, '192.0.2.2', 'L', 'F', '2024-01-01 00:00:00'),
  (3, 3, '192.0.2.3', 'L', 'F', '2024-01-01 00:00:00'),
  (4, 4, '192.0.2.4', 'L', 'F', '2024-01-01 00:00:00');
INSERT INTO notification (id, account_id, kind, sender_name, sender_email, message, received_at, handled_at) VALUES
  (1, 1, 'question', 'goes', 'a1@example.com', 'm', '2025-01-01 00:00:00', '2026-02-01 00:00:00'),
  (2, 2, 'question', 'stays: open', 'a2@example.com', 'm', '2025-01-01 00:00:00', NULL),
  (3, 2, 'question', 'goes: handled now', 'a2@example.com', 'm', '2025-01-01 00:00:00', '2026-03-01 00:00:00'),
  (4, NULL, 'question', 'goes: of nobody', 'x@example.com', 'm', '2025-01-01 00:00:00', '2025-01-02 00:00:00'),
  (5, 3, 'question', 'stays for a second', 'a3@example.com', 'm', '2025-01-01 00:00:00', '2026-03-01 00:00:01');
INSERT INTO issue (id, reported_by, title) VALUES (1, 1, 'freed'), (2, 2, 'of who waits'), (3, 3, 'of who stays'), (4, NULL, 'of nobody');
INSERT INTO newsletter_subscriber (id, email, subscribed_at, unsubscribed_at) VALUES
  (1, 'goes@example.com', '2024-01-01 00:00:00', '2026-02-28 00:00:00'),
  (2, 'stays@example.com', '2024-01-01 00:00:00', NULL),
  (3, 'second@example.com', '2024-01-01 00:00:00', '2026-03-01 00:00:01');
