INSERT INTO visit VALUES
  (1, '1900-01-01', 'a default'),
  (2, '1979-12-31', 'before the first plausible day'),
  (3, '1980-01-01', 'the first plausible day');
