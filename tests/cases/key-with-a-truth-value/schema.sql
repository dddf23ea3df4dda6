CREATE TABLE setting (id integer NOT NULL, enabled boolean NOT NULL, changed_on date, PRIMARY KEY (id, enabled));
CREATE TABLE note (setting_id integer NOT NULL, setting_enabled boolean NOT NULL, number integer NOT NULL, PRIMARY KEY (setting_id, setting_enabled, number), FOREIGN KEY (setting_id, setting_enabled) REFERENCES setting (id, enabled));
INSERT INTO setting VALUES (1, TRUE, '2020-01-01'), (1, FALSE, '2026-01-01'), (2, TRUE, '2026-01-01'), (2, FALSE, '2020-01-01');
INSERT INTO note VALUES (1, TRUE, 1), (1, TRUE, 2), (1, FALSE, 1), (2, FALSE, 1);
