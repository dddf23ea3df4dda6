CREATE TABLE account (id integer PRIMARY KEY, opened_on date);
CREATE TABLE device (id integer PRIMARY KEY, account_id integer REFERENCES account (id));
CREATE TABLE login (id integer PRIMARY KEY, device_id integer REFERENCES device (id), kind varchar(10), logged_on date);
