CREATE TABLE login (id integer PRIMARY KEY, user_id integer, device varchar(10), logged_on date);
CREATE INDEX login_newest ON login (user_id, device, logged_on);
