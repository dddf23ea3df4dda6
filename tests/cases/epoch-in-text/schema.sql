CREATE TABLE member (id integer PRIMARY KEY, name varchar(20));
CREATE TABLE property (id integer PRIMARY KEY, member_id integer NOT NULL REFERENCES member (id), name varchar(20) NOT NULL, content varchar(200));
