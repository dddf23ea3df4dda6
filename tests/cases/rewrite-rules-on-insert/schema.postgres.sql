CREATE TABLE note (id integer PRIMARY KEY, made_on date);
CREATE TABLE note_2030 (id integer PRIMARY KEY, made_on date);
CREATE RULE later AS ON INSERT TO note WHERE NEW.made_on >= DATE $$2030-01-01$$ DO INSTEAD INSERT INTO note_2030 VALUES (NEW.*);
INSERT INTO note VALUES (1, $$2020-01-01$$), (2, $$2025-12-01$$);
