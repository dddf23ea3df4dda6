INSERT INTO visit VALUES
  (1, '2025-02-28', 'midnight in Amsterdam is an hour before midnight in UTC'),
  (2, '2025-03-01', 'a day more');
