CREATE TABLE login (id integer PRIMARY KEY, seen date, gone boolean);
CREATE RULE soft AS ON DELETE TO login DO INSTEAD UPDATE login SET gone = true WHERE id = OLD.id;
INSERT INTO login VALUES (1, '2020-01-01');
