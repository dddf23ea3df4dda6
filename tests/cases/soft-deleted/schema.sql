CREATE TABLE member (id integer PRIMARY KEY, name varchar(20), deleted boolean, deleted_on date);
INSERT INTO member VALUES
  (1, 'goes', TRUE, '2026-01-29'),
  (2, 'stays for a day', TRUE, '2026-01-30'),
  (3, 'without a date', TRUE, NULL),
  (4, 'brought back', FALSE, '2020-01-01'),
  (5, 'nobody knows', NULL, '2020-01-01'),
  (6, 'here', FALSE, NULL);
