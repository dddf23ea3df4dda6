-- 2026-03-01 00:00:00 less 30 days is 1769731200. 3: a second later. 4: a word; 5: milliseconds; 6: nine digits, of 2001;
-- 7: a blank behind; 8: a date to come; 9: other properties only; 10: nothing there
INSERT INTO member VALUES (1, 'old'), (2, 'on it'), (3, 'not yet'), (4, 'word'), (5, 'ms'), (6, 'nine'), (7, 'blank'), (8, 'to come'), (9, 'none'), (10, 'null');
INSERT INTO property VALUES (1, 1, 'last_login', '1700000000'), (2, 2, 'last_login', '1769731200'), (3, 3, 'last_login', '1769731201'),
  (4, 4, 'last_login', 'never'), (5, 5, 'last_login', '1700000000000'), (6, 6, 'last_login', '999999999'), (7, 7, 'last_login', '1700000000 '),
  (8, 8, 'last_login', '4000000000'), (9, 9, 'nickname', '1700000000'), (10, 10, 'last_login', NULL), (11, 2, 'nickname', 'Bea');
