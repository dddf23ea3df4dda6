INSERT INTO agreement VALUES (1, 'a', FALSE), (2, 'b', FALSE), (3, 'c', FALSE), (4, 'd', FALSE), (5, 'e', FALSE), (6, 'f', FALSE), (7, 'g', FALSE), (8, 'h', FALSE), (9, 'i', TRUE), (10, 'j', FALSE);
INSERT INTO attachment VALUES (1, 1), (2, 2), (3, 10);
