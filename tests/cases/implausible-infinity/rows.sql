INSERT INTO visit VALUES
  (1, '-infinity', NULL, 'compares as earlier than every cutoff'),
  (2, 'infinity', NULL, 'never'),
  (3, '2010-01-01', NULL, 'a real day'),
  (4, NULL, '-infinity', 'the same for a moment'),
  (5, NULL, 'infinity', 'the same for a moment'),
  (6, NULL, '2010-01-01', 'a real moment');
