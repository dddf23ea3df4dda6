INSERT INTO vacancy VALUES (1), (2), (3), (4);
INSERT INTO round VALUES (1, '2020-01-01'), (2, '2025-06-01'), (3, NULL);
INSERT INTO interview VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 99);
INSERT INTO candidate VALUES (1), (2), (3), (4), (5), (6);
INSERT INTO application VALUES
  (1, 1, 1), (2, 1, NULL),
  (3, 2, 1), (4, 2, 2),
  (5, 3, 1), (6, 3, 3),
  (7, 4, NULL),
  (8, 6, 1), (9, 6, 4);
