INSERT INTO shop VALUES (1, NULL, '2020-01-01'), (2, NULL, NULL), (3, NULL, '2020-01-01');
INSERT INTO staff VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 3, '2026-01-01'), (4, 2, NULL);
UPDATE shop SET manager_id = 1 WHERE id = 1;
UPDATE shop SET manager_id = 2 WHERE id = 2;
UPDATE shop SET manager_id = 3 WHERE id = 3;
