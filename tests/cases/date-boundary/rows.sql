INSERT INTO visit VALUES
  (1, '2025-02-27', 'ended yesterday'),
  (2, '2025-02-28', 'ends in a second');
