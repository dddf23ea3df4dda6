INSERT INTO visit VALUES (1, '2018-03-31', 'the last day'), (2, '2017-03-31', 'a year before');
