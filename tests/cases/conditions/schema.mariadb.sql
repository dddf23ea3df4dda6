CREATE TABLE ticket (id integer PRIMARY KEY, ended_on date, state enum('new', 'open', 'closed'), paid boolean, amount decimal(10,2), title varchar(40));
