INSERT INTO visit VALUES
  (1, '2018-03-31', 'the last day of a book year'),
  (2, '2018-04-01', 'the first day of the next'),
  (3, '2017-04-01', 'the first day of the first');
