INSERT INTO customer (id, name, email, phone, login, service_ended_on) VALUES
  (1, 'goes', 'e', 'p', 'l', '2026-02-28'),
  (2, 'waits for an invoice', 'e', 'p', 'l', '2026-02-28'),
  (3, 'stays for a day', 'e', 'p', 'l', '2026-03-01'),
  (4, 'stays', 'e', 'p', 'l', NULL),
  (5, 'waits for a cookie', 'e', 'p', 'l', '2025-01-01'),
  (6, 'goes with the last', 'e', 'p', 'l', '2025-01-01');
INSERT INTO invoice (id, customer_id, number, issued_on, total_cents) VALUES
  (1, 6, 'goes', '2018-12-31', 1), (2, 2, 'stays for a year', '2019-01-01', 1), (3, 4, 'goes too', '2018-01-01', 1);
INSERT INTO invoice_line (id, invoice_id, description, amount_cents) VALUES (1, 1, 'l', 1), (2, 2, 'l', 1), (3, 3, 'l', 1);
INSERT INTO portal_cookie (id, customer_id, value, expires_at) VALUES
  (1, 6, 'goes', '2026-03-01 00:00:00'), (2, 5, 'stays for a second', '2026-03-01 00:00:01'), (3, 4, 'goes', '2025-01-01 00:00:00');
INSERT INTO vacancy (id, title, opened_on, filled_on) VALUES
  (1, 'four weeks', '2025-01-01', '2026-01-31'), (2, 'one day less', '2025-01-01', '2026-02-01'),
  (3, 'open', '2025-01-01', NULL), (4, 'long ago', '2019-01-01', '2020-01-01'),
  (5, 'next month', '2025-01-01', '2026-04-01');
INSERT INTO employee (id, name, hired_on, left_on) VALUES
  (1, 'a year ago', '2020-01-01', '2025-02-28'), (2, 'one day less', '2020-01-01', '2025-03-01'), (3, 'here', '2020-01-01', NULL);
INSERT INTO application (id, vacancy_id, employee_id, status, name, email, phone, received_on, consent_given_on, consent_withdrawn_on, legal_hold) VALUES
  (1, 1, NULL, 'rejected', 'goes: four weeks', 'e', 'p', '2025-06-01', NULL, NULL, FALSE),
  (2, 2, NULL, 'rejected', 'stays for a day', 'e', 'p', '2025-06-01', NULL, NULL, FALSE),
  (3, 3, NULL, 'received', 'stays: not filled', 'e', 'p', '2025-06-01', NULL, NULL, FALSE),
  (4, 4, NULL, 'rejected', 'goes: a year of consent', 'e', 'p', '2019-06-01', '2025-02-28', NULL, FALSE),
  (5, 4, NULL, 'rejected', 'stays: consent', 'e', 'p', '2019-06-01', '2025-03-01', NULL, FALSE),
  (6, 4, NULL, 'rejected', 'goes: withdrawn', 'e', 'p', '2019-06-01', '2025-12-01', '2026-02-28', FALSE),
  (7, 4, NULL, 'rejected', 'stays: withdrawn today', 'e', 'p', '2019-06-01', '2025-12-01', '2026-03-01', FALSE),
  (8, 2, NULL, 'rejected', 'stays: withdrawn, four weeks', 'e', 'p', '2025-06-01', '2025-12-01', '2026-02-01', FALSE),
  (9, 4, 1, 'hired', 'goes: left a year ago', 'e', 'p', '2019-06-01', NULL, NULL, FALSE),
  (10, 4, 2, 'hired', 'stays for a day', 'e', 'p', '2019-06-01', NULL, NULL, FALSE),
  (11, 4, 3, 'hired', 'stays: works here', 'e', 'p', '2019-06-01', '2020-01-01', NULL, FALSE),
  (12, 4, NULL, 'hired', 'stays: no file', 'e', 'p', '2019-06-01', NULL, NULL, FALSE),
  (13, NULL, NULL, 'open', 'goes: consent only', 'e', 'p', '2024-06-01', '2025-01-01', NULL, FALSE),
  (14, NULL, NULL, 'open', 'stays: neither', 'e', 'p', '2024-06-01', NULL, NULL, FALSE),
  (15, 4, NULL, 'rejected', 'stays: in court', 'e', 'p', '2019-06-01', NULL, NULL, TRUE),
  (16, 1, NULL, 'rejected', 'goes: withdrawn, and four weeks', 'e', 'p', '2025-06-01', '2025-12-01', '2026-02-28', FALSE),
  (17, 3, NULL, 'received', 'stays: not filled, consent is over', 'e', 'p', '2019-06-01', '2020-01-01', NULL, FALSE),
  (18, 3, NULL, 'received', 'stays: not filled, withdrawn', 'e', 'p', '2025-06-01', '2025-12-01', '2025-12-02', FALSE),
  (19, 4, NULL, 'rejected', 'stays: given again', 'e', 'p', '2019-06-01', '2025-03-01', '2024-06-01', FALSE),
  (20, 4, NULL, 'rejected', 'goes: given again a year ago', 'e', 'p', '2019-06-01', '2025-02-28', '2024-06-01', FALSE),
  (21, NULL, NULL, 'open', 'stays: consent only', 'e', 'p', '2024-06-01', '2025-03-01', NULL, FALSE),
  (22, 5, NULL, 'rejected', 'stays: filled next month', 'e', 'p', '2025-06-01', NULL, NULL, FALSE),
  (23, 1, NULL, 'rejected', 'goes: withdrawn the same day', 'e', 'p', '2025-06-01', '2025-12-01', '2025-12-01', FALSE),
  (24, 4, NULL, 'rejected', 'stays: withdrawn from next month', 'e', 'p', '2019-06-01', '2025-12-01', '2026-04-01', FALSE),
  (25, 4, 3, 'hired', 'stays: works here, withdrawn', 'e', 'p', '2019-06-01', '2020-01-01', '2020-02-01', FALSE);
INSERT INTO application_document (id, application_id, kind, file_name) VALUES (1, 1, 'cv', 'f'), (2, 2, 'cv', 'f'), (3, 15, 'cv', 'f');
INSERT INTO application_note (id, application_id, author, note) VALUES (1, 1, 'a', 'n'), (2, 1, 'a', 'n'), (3, 2, 'a', 'n'), (4, 9, 'a', 'n');
