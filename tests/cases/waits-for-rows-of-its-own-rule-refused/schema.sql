CREATE TABLE message (id integer PRIMARY KEY, sent_on date);
CREATE TABLE reaction (message_id integer NOT NULL REFERENCES message (id), about_id integer NOT NULL REFERENCES message (id), PRIMARY KEY (message_id, about_id));
