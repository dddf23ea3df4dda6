CREATE TABLE event (id integer PRIMARY KEY, happened_on date);
