SET SESSION time_zone = '+00:00';
CREATE TABLE visit (id integer PRIMARY KEY, kind varchar(10), left_at timestamp NULL, left_wall datetime);
CREATE INDEX visit_at ON visit (left_at);
INSERT INTO visit VALUES
  (1, 'moment', '2026-02-28 00:00:00', NULL),
  (2, 'moment', '2026-02-28 00:00:01', NULL),
  (3, 'wall', NULL, '2026-02-28 01:00:00'),
  (4, 'wall', NULL, '2026-02-28 01:00:01');
