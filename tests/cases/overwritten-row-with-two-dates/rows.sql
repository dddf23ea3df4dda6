-- 1: overwritten long ago, its purchases have gone already. 2: the same, with a purchase left that is due now.
-- 3: somebody real without purchases. 4: overwritten, and a payment is not over yet. 5: due now for the first time.
INSERT INTO customer VALUES (1, 'ANON', NULL), (2, 'ANON', NULL), (3, 'real', '1'), (4, 'ANON', NULL), (5, 'due', '2');
INSERT INTO purchase VALUES (2, 2, '2010-05-01'), (5, 5, '2022-01-01');
INSERT INTO payment VALUES (1, 1, '2011-01-01'), (2, 2, '2011-01-01'), (3, 3, '2011-01-01'), (4, 4, '2025-06-01'), (5, 4, '2011-01-01'), (6, 5, '2022-01-02'), (7, 5, '2011-01-01');
