INSERT INTO {{event}} (rule, event, row_key, happened_at, reported_at) VALUES
  ('agreements', 'ended', '1', 1740787200000000, 0),
  ('agreements', 'ended', '2', 1740787201000000, 0),
  ('agreements', 'ended', '3', NULL, 0),
  ('agreements', 'started', '4', 1577836800000000, 0),
  ('others', 'ended', '5', 1577836800000000, 0),
  ('agreements', 'ended', '7', 1798761600000000, 0),
  ('agreements', 'ended', '8', 315446400000000, 0),
  ('agreements', 'ended', '9', 1577836800000000, 0),
  ('agreements', 'ended', '10', 1577836800000000, 0),
  ('agreements', 'ended', '99', 1577836800000000, 0);
