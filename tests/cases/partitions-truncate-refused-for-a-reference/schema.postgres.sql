CREATE TABLE event (id integer, happened_on date, PRIMARY KEY (id, happened_on)) PARTITION BY RANGE (happened_on);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE note (id integer PRIMARY KEY, event_id integer, event_on date, FOREIGN KEY (event_id, event_on) REFERENCES event);
