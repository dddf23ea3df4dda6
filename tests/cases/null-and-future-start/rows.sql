INSERT INTO visit VALUES
  (1, NULL, 'still inside'),
  (2, '2026-03-02', 'announced for tomorrow'),
  (3, '2999-01-01', 'nonsense'),
  (4, '2010-01-01', 'gone');
