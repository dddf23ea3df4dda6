SET SESSION sql_mode = '';
CREATE TABLE visit (id integer PRIMARY KEY, left_on date, left_at datetime, name varchar(60));
INSERT INTO visit VALUES
  (1, '0000-00-00', '2010-01-01', 'a zero day'),
  (2, '2010-00-00', '2010-01-01', 'a year without a day'),
  (3, '2010-01-01', '2010-01-01', 'a real day'),
  (4, '2010-01-01', '0000-00-00 00:00:00', 'a zero moment'),
  (5, '2010-01-01', '2010-01-01', 'a real moment');
