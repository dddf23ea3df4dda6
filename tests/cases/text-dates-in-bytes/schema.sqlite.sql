CREATE TABLE edit (id integer PRIMARY KEY, made blob NOT NULL, ends blob, author blob NOT NULL, remark blob NOT NULL);
