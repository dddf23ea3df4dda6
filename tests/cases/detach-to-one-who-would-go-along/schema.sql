CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE account (name varchar(10) NOT NULL PRIMARY KEY, person_id integer REFERENCES person (id));
CREATE TABLE post (id integer PRIMARY KEY, account_id varchar(10) NOT NULL REFERENCES account (name));
CREATE INDEX account_person ON account (person_id);
CREATE INDEX post_account ON post (account_id);
INSERT INTO person VALUES (1, '2020-01-01'), (2, '2020-01-01'), (3, '2025-12-01');
INSERT INTO account VALUES ('none', 1), ('ann', 1), ('bob', 2), ('cy', 3);
INSERT INTO post VALUES (1, 'ann'), (2, 'bob'), (3, 'cy'), (4, 'none');
