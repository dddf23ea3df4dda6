CREATE TABLE tag (id integer PRIMARY KEY, used_on date);
CREATE TABLE post (id integer PRIMARY KEY, tag_id integer REFERENCES tag (id), made_on date);
CREATE TABLE page (id integer PRIMARY KEY, first_tag integer REFERENCES tag (id), second_tag integer REFERENCES tag (id));
INSERT INTO tag VALUES (1, '2026-01-29'), (2, '2026-01-30'), (3, NULL), (4, '2020-01-01'), (5, '2020-01-01'), (6, '2020-01-01'), (7, '2020-01-01');
INSERT INTO post VALUES (1, 1, '2020-01-01'), (2, 2, '2020-01-01'), (3, 3, '2020-01-01'), (4, 4, '2025-12-01'), (5, 4, '2020-01-01');
INSERT INTO page VALUES (5, 5, NULL), (6, NULL, 6), (7, 7, 6);
