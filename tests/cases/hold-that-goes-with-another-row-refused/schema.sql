CREATE TABLE account (id integer PRIMARY KEY, left_on date);
CREATE TABLE legal_hold (id integer PRIMARY KEY, account_id integer NOT NULL REFERENCES account (id), placed_by integer NOT NULL REFERENCES account (id));
INSERT INTO account VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO legal_hold VALUES (1, 1, 2);
