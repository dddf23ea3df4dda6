CREATE TYPE state AS ENUM ('new', 'open', 'closed');
CREATE TABLE ticket (id integer PRIMARY KEY, ended_on date, state state, paid boolean, amount numeric(10,2), title varchar(40));
