INSERT INTO visit VALUES
  (1, '2010-05-05', 'long ago'),
  (2, '2025-02-28', 'its year ended with the last day of February'),
  (3, '2025-03-01', 'its year ends with today'),
  (4, '2026-02-28', 'young');
