INSERT INTO invoice VALUES (1, 'Delft', '2025-05-01 00:00:00'), (2, 'Delft', '2025-05-01 00:00:01'), (3, 'Delft', '2025-04-30 23:59:59');
