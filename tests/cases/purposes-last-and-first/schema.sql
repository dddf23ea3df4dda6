CREATE TABLE orders (id integer PRIMARY KEY, placed_on date, paid_on date, address varchar(40), note varchar(40) NOT NULL);
INSERT INTO orders VALUES
  (1, '2024-01-01', '2024-01-02', 'here', 'ring twice'),
  (2, '2018-01-01', '2018-01-02', 'here', 'ring twice'),
  (3, '2025-12-01', '2025-12-02', 'here', 'ring twice'),
  (4, '2024-01-01', NULL, 'here', 'ring twice'),
  (5, NULL, '2010-01-01', 'here', 'ring twice'),
  (6, '2025-12-01', '2010-01-01', 'here', 'ring twice');
