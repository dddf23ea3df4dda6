INSERT INTO service (id, name) VALUES (1, 'bookkeeping');
INSERT INTO customer (id, name, email, phone, last_ip, device_id, registered_on, restricted) VALUES
  (1, 'goes: seven years', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (2, 'stays for a day', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (3, 'stays: an open contract', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (4, 'waits for an invoice', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (5, 'stays: restricted', 'e', 'p', 'ip', 'd', '2009-01-01', TRUE),
  (6, 'goes: never a contract', 'e', 'p', 'ip', 'd', '2019-02-28', FALSE),
  (7, 'stays: never a contract', 'e', 'p', 'ip', 'd', '2026-02-28', FALSE),
  (8, 'stays: registered today', 'e', 'p', 'ip', 'd', '2026-03-01', FALSE),
  (9, 'stays: in court', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (10, 'waits for a held invoice', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (11, 'the relationship ended', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (12, 'the relationship ends today', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE),
  (13, 'stays for a day: never a contract', 'e', 'p', 'ip', 'd', '2019-03-01', FALSE),
  (14, 'the relationship ends next year', 'e', 'p', 'ip', 'd', '2009-01-01', FALSE);
INSERT INTO contract (id, customer_id, service_id, signed_on, ended_on) VALUES
  (1, 1, 1, '2009-01-01', '2010-01-01'), (2, 1, 1, '2010-01-01', '2019-02-28'),
  (3, 2, 1, '2009-01-01', '2010-01-01'), (4, 2, 1, '2010-01-01', '2019-03-01'),
  (5, 3, 1, '2009-01-01', '2010-01-01'), (6, 3, 1, '2010-01-01', NULL),
  (7, 4, 1, '2009-01-01', '2015-01-01'),
  (8, 5, 1, '2009-01-01', '2010-01-01'),
  (9, 9, 1, '2009-01-01', '2010-01-01'),
  (10, 10, 1, '2009-01-01', '2010-01-01'),
  (11, 11, 1, '2009-01-01', '2026-02-28'),
  (12, 12, 1, '2009-01-01', '2026-03-01'),
  (13, 14, 1, '2009-01-01', '2010-01-01'), (14, 14, 1, '2009-01-01', '2027-01-01');
INSERT INTO invoice (id, customer_id, number, issued_on, paid_on, total_cents) VALUES
  (1, 1, 'goes', '2018-12-01', '2018-12-31', 100),
  (2, 4, 'stays for a year', '2018-12-01', '2019-01-01', 100),
  (3, 5, 'of who is restricted', '2010-01-01', '2010-02-01', 100),
  (4, 10, 'held', '2010-01-01', '2010-02-01', 100),
  (5, 2, 'not paid', '2010-01-01', NULL, 100),
  (6, 2, 'goes too', '2018-05-01', '2018-06-01', 100),
  (7, 9, 'of who is in court', '2010-01-01', '2010-02-01', 100),
  (8, 10, 'held until tonight', '2010-01-01', '2010-02-01', 100);
INSERT INTO legal_hold (id, record_type, record_id, reference, ordered_by, lifted_on, ends_on) VALUES
  (1, 'customer', 9, 'C/09/2026/17', 'the court', NULL, NULL),
  (2, 'invoice', 4, 'C/09/2026/18', 'the court', NULL, '2026-12-31'),
  (3, 'customer', 1, 'claim 2019-3', 'legal', '2020-01-01', NULL),
  (4, 'invoice', 6, 'claim 2020-1', 'legal', NULL, '2026-02-28'),
  (5, 'invoice', 8, 'claim 2020-2', 'legal', NULL, '2026-03-01'),
  (6, 'supplier', 6, 'claim 2026-1', 'legal', NULL, NULL);
INSERT INTO invoice_line (id, invoice_id, description, amount_cents) VALUES
  (1, 1, 'l', 100), (2, 2, 'l', 100), (3, 3, 'l', 100), (4, 4, 'l', 100), (5, 5, 'l', 100), (6, 6, 'l', 50), (7, 6, 'l', 50), (8, 7, 'l', 100);
INSERT INTO service_terms (service, grace_days) VALUES
  ('bookkeeping', 180), ('payroll', 180), ('projects', 30), ('scheduling', 30), ('hosting', 10),
  ('payments', 184), ('archive', 185), ('mail', 29);
INSERT INTO subscription (id, tenant, service, started_on, ended_on, legal_hold) VALUES
  (1, 'goes: 180 days', 'bookkeeping', '2020-01-01', '2025-09-01', FALSE),
  (2, 'stays for a day', 'payroll', '2020-01-01', '2025-09-02', FALSE),
  (3, 'goes: thirty days', 'projects', '2020-01-01', '2026-01-29', FALSE),
  (4, 'stays for a day', 'scheduling', '2020-01-01', '2026-01-30', FALSE),
  (5, 'stays: active again', 'projects', '2020-01-01', NULL, FALSE),
  (6, 'stays: held', 'projects', '2020-01-01', '2020-02-01', TRUE),
  (7, 'stays: ten days', 'hosting', '2020-01-01', '2020-02-01', FALSE),
  (8, 'stays: 180 days', 'bookkeeping', '2020-01-01', '2026-01-01', FALSE),
  (9, 'goes: six months', 'payments', '2020-01-01', '2025-08-28', FALSE),
  (10, 'stays for a day', 'payments', '2020-01-01', '2025-08-29', FALSE),
  (11, 'stays: more than six months', 'archive', '2020-01-01', '2020-02-01', FALSE),
  (12, 'stays: less than thirty days', 'mail', '2020-01-01', '2020-02-01', FALSE),
  (13, 'stays: ends next year', 'projects', '2020-01-01', '2027-01-01', FALSE);
INSERT INTO business_record (id, subscription_id, kind, content, created_at) VALUES
  (1, 1, 'k', 'c', '2021-01-01 00:00:00'), (2, 2, 'k', 'c', '2021-01-01 00:00:00'), (3, 3, 'k', 'c', '2021-01-01 00:00:00'),
  (4, 6, 'k', 'c', '2021-01-01 00:00:00');
INSERT INTO attachment (id, business_record_id, file_name) VALUES (1, 1, 'f'), (2, 1, 'f'), (3, 2, 'f'), (4, 3, 'f'), (5, 4, 'f');
