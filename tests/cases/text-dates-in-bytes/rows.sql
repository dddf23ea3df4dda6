-- 1: over; 2: on the boundary; 3: a second later; 4: does not end; 5: no date; 6: no day of the calendar; 7: NULL; 8: only one has ended
INSERT INTO edit VALUES (1, '20250101120000', '20250201000000', 'Ann', 'x'), (2, '20251201000000', '20260130000000', 'Bob', 'x'),
  (3, '20251201000000', '20260130000001', 'Cas', 'x'), (4, '20250101120000', 'infinity', 'Dan', 'x'), (5, '20250101120000', 'soon', 'Eve', 'x'),
  (6, '20250101120000', '20250230000000', 'Fay', 'x'), (7, '20250101120000', NULL, 'Gus', 'x'), (8, '20260201120000', '20250101000000', 'Hal', 'x');
