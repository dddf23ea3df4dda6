CREATE TABLE invoice (id integer PRIMARY KEY, issued_on date);
CREATE TABLE mail (id integer PRIMARY KEY, about varchar(40), sent_on date);
CREATE INDEX mail_about ON mail (about);
CREATE TABLE pin (id integer PRIMARY KEY, about varchar(40), tag varchar(20));
CREATE INDEX pin_tag ON pin (tag);
CREATE TABLE tag (id bigint NOT NULL PRIMARY KEY);
CREATE TABLE ledger (id bigint NOT NULL PRIMARY KEY, closed_on date);
CREATE TABLE copy (id integer PRIMARY KEY, about varchar(40));
INSERT INTO tag VALUES (1), (2), (12), (9223372036854775807);
INSERT INTO ledger VALUES (1, '2020-01-01'), (-9223372036854775807, '2020-01-01'), (3, '2026-01-01'), (4, '2020-01-01');
INSERT INTO copy VALUES (1, '1/L'), (2, '-9223372036854775807/L'), (3, '3/L'), (4, '04/L'), (5, '99999999999999999999/L'), (6, '4/l'), (7, '/L'), (8, 'L'), (9, ''), (10, NULL), (11, '9223372036854775808/L'), (12, '4/L'), (13, '-/L');
CREATE INDEX pin_about ON pin (about);
CREATE TABLE embargo (id integer PRIMARY KEY, about varchar(40), lifted_on date);
CREATE INDEX embargo_about ON embargo (about);
INSERT INTO invoice VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2020-01-01'), (4, '2020-01-01'), (5, '2020-01-01'), (6, '2020-01-01');
INSERT INTO mail VALUES
  (1, 'INV-1', '2020-01-01'), (2, 'inv-1', '2020-01-01'), (3, 'INV-01', '2026-02-01'), (4, 'INV-2', '2026-02-01'),
  (5, 'INV-2', '2020-01-01'), (6, 'xINV-1', '2020-01-01'), (7, 'INV-1x', '2026-02-01');
INSERT INTO pin VALUES (1, 'Pin 1.', 't1'), (2, 'PIN 1.', 'T2'), (3, 'Pin 2.', 't012'), (4, 'Pin 3.', 't9223372036854775807'), (5, NULL, NULL);
INSERT INTO embargo VALUES (1, '{invoice}3', NULL), (2, '{invoice}4', '2020-01-01'), (3, '{Invoice}4', NULL), (4, '{invoice}30', NULL);
