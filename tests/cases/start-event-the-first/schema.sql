CREATE TABLE contract (id integer PRIMARY KEY);
CREATE TABLE payment (number varchar(10) NOT NULL, part integer NOT NULL, contract_id integer NOT NULL REFERENCES contract (id), paid_on date, PRIMARY KEY (number, part));
CREATE INDEX payment_contract ON payment (contract_id);
INSERT INTO contract VALUES (1), (2), (3);
INSERT INTO payment VALUES ('a', 1, 1, '2020-01-01'), ('a', 2, 1, '2019-01-01'), ('a', 3, 1, NULL), ('b', 1, 1, '2019-01-01'),
 ('b', 2, 2, '2010-01-01'), ('c', 1, 2, '2020-01-01'), ('d', 1, 3, NULL);
