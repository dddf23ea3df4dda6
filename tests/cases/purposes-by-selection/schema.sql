CREATE TABLE contact (id integer PRIMARY KEY, kind varchar(10), ended_on date);
INSERT INTO contact VALUES (1, 'client', '2010-01-01'), (2, 'lead', '2024-01-01'), (3, 'other', '2010-01-01'), (4, NULL, '2010-01-01'), (5, 'client', '2024-01-01');
