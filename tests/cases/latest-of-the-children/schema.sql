CREATE TABLE employee (id integer PRIMARY KEY, name varchar(40), registered_on date);
CREATE TABLE post (id integer PRIMARY KEY, employee_id integer REFERENCES employee (id), to_date date, paid boolean);
INSERT INTO employee VALUES (1, 'left', NULL), (2, 'here', NULL), (3, 'left lately', NULL), (4, 'never began', '2010-01-01'), (5, 'unknown', NULL), (6, 'unpaid now', NULL), (7, 'perhaps paid now', NULL), (8, 'began nothing yet', '2026-01-01'), (9, 'to come', NULL);
INSERT INTO post VALUES
  (1, 1, '2015-01-01', TRUE), (2, 1, '2020-01-01', TRUE),
  (3, 2, '2015-01-01', TRUE), (4, 2, '9999-01-01', TRUE),
  (5, 3, '2015-01-01', TRUE), (6, 3, '2025-06-01', TRUE),
  (7, 5, '2015-01-01', TRUE), (8, 5, NULL, TRUE),
  (9, 6, '2015-01-01', TRUE), (10, 6, '9999-01-01', FALSE),
  (11, 7, '2015-01-01', TRUE), (12, 7, '9999-01-01', NULL),
  (13, 9, '2015-01-01', TRUE), (14, 9, '2027-01-01', TRUE);
