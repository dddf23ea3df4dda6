INSERT INTO {{event}} (rule, event, row_key, happened_at, reported_at) VALUES
  ('members', 'paid-up', 'a', 1577836800000000, 0), ('members', 'paid-up', 'b', 1764547200000000, 0), ('members', 'paid-up', 'c', 1577836800000000, 0), ('members', 'paid-up', 'D', 1577836800000000, 0), ('members', 'paid-up', 'Ä b', 1577836800000000, 0);
