CREATE TABLE post (id integer PRIMARY KEY, reply_to integer, made_on date, FOREIGN KEY (reply_to) REFERENCES post (id));
INSERT INTO post VALUES (1, NULL, '2020-01-01'), (2, 1, '2020-01-01'), (3, 2, '2025-12-01'), (4, 1, '2025-12-01'), (5, NULL, '2025-12-01'), (6, 5, '2020-01-01');
