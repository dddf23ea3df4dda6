INSERT INTO visit VALUES (1, '2021-01-27', ''), (2, '2021-01-28', ''), (3, '2021-01-31', 'a month later is 28 February, not 3 March');
