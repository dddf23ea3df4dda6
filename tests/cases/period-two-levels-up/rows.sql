INSERT INTO plan VALUES (1, 1), (2, 3);
INSERT INTO contract VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO member VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 1);
INSERT INTO visit VALUES
  (1, 1, '2024-12-30'), (2, 1, '2024-12-31'),
  (3, 2, '2024-12-31'), (4, 2, '2025-01-01'),
  (5, 3, '2022-12-31'),
  (6, 4, '2023-01-01'),
  (7, 5, '2020-01-01');
