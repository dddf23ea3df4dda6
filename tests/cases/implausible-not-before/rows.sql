INSERT INTO visit VALUES
  (1, '1900-01-01', 'a default'),
  (2, '1950-06-01', 'plausible here'),
  (3, '1939-12-31', 'one day too early');
