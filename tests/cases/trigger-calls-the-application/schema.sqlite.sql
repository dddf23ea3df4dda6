CREATE TABLE note (id integer PRIMARY KEY, made_on text);
CREATE TABLE other (id integer PRIMARY KEY, made_on text);
CREATE TABLE log (what text);
CREATE TRIGGER sealed AFTER DELETE ON note BEGIN INSERT INTO log VALUES (seal_of_the_application(old.id)); END;
INSERT INTO note VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO other VALUES (1, '2020-01-01'), (2, '2025-12-01');
