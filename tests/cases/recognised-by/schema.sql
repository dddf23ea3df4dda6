CREATE TABLE application (tenant integer NOT NULL, no integer NOT NULL, made_at timestamp NULL, email varchar(40), score decimal(10,2), closed_on date, PRIMARY KEY (tenant, no));
CREATE TABLE note (tenant integer NOT NULL, application_no integer NOT NULL, seq varchar(4) NOT NULL, PRIMARY KEY (tenant, application_no, seq), FOREIGN KEY (tenant, application_no) REFERENCES application (tenant, no));
CREATE TABLE post (id integer PRIMARY KEY, answer_to integer, body varchar(40), closed_on date, FOREIGN KEY (answer_to) REFERENCES post (id));
INSERT INTO application VALUES (1, 1, '2020-01-01 10:00:00', 'a@example.com', 1.50, '2025-01-01'), (1, 2, NULL, NULL, NULL, '2025-01-01'), (2, 1, '2020-01-01 10:00:00', NULL, 0, '2025-01-01'), (2, 2, '2020-01-01 10:00:00', 'b@example.com', 2, '2026-02-28'), (2, 3, NULL, 'c@example.com', NULL, NULL);
INSERT INTO note VALUES (1, 1, 'a'), (1, 1, 'b'), (1, 2, 'a'), (2, 2, 'a');
INSERT INTO post VALUES (1, NULL, 'one', '2025-01-01'), (2, 1, 'two', '2025-01-01'), (3, NULL, 'three', '2025-01-01'), (4, 3, 'four', '2026-02-28'), (5, NULL, NULL, '2025-01-01');
