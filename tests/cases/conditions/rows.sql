INSERT INTO ticket VALUES
  (1, '2020-01-01', 'closed', TRUE, 10.50, 'Refund'),
  (2, '2020-01-01', 'open', TRUE, 10.50, 'Refund'),
  (3, '2020-01-01', NULL, TRUE, 10.50, 'Refund'),
  (4, '2020-01-01', 'closed', FALSE, 10.50, 'Refund'),
  (5, '2020-01-01', 'closed', NULL, 10.50, 'Refund'),
  (6, '2020-01-01', 'closed', TRUE, 100.00, 'Refund'),
  (7, '2020-01-01', 'closed', TRUE, 10.50, 'Question'),
  (8, '2020-01-01', 'new', NULL, 0, 'Refund of it all');
