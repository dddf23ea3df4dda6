CREATE TABLE folder (id integer PRIMARY KEY, parent_id integer, closed_on date, FOREIGN KEY (parent_id) REFERENCES folder (id) ON DELETE RESTRICT);
CREATE TABLE paper (id integer PRIMARY KEY, folder_id integer NOT NULL, FOREIGN KEY (folder_id) REFERENCES folder (id) ON DELETE RESTRICT);
INSERT INTO folder VALUES (9, NULL, '2020-01-01');
INSERT INTO folder VALUES (2, 9, '2020-01-01');
INSERT INTO folder VALUES (3, 2, '2020-01-01');
INSERT INTO folder VALUES (4, NULL, '2020-01-01');
INSERT INTO folder VALUES (5, 4, '2025-12-01');
INSERT INTO paper VALUES (1, 3), (2, 9), (3, 5);
