INSERT INTO visit VALUES (1, '2020-02-28', ''), (2, '2020-02-29', 'a year later is 28 February'), (3, '2020-03-01', '');
