INSERT INTO visit VALUES
  (1, '9999-12-31', 'until further notice'),
  (2, '2000-01-01', 'declared to mean never'),
  (3, '2000-01-02', 'a real day');
