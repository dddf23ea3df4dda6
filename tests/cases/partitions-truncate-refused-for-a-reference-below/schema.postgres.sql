CREATE TABLE event (id integer, happened_on date, PRIMARY KEY (id, happened_on)) PARTITION BY RANGE (happened_on);
CREATE TABLE event_2020 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY RANGE (happened_on);
CREATE TABLE event_2020_01 PARTITION OF event_2020 FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE note (id integer PRIMARY KEY, event_id integer, event_on date, FOREIGN KEY (event_id, event_on) REFERENCES event_2020);
