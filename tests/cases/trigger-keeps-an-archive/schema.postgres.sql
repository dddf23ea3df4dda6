CREATE TABLE note (id integer PRIMARY KEY, made_on date);
CREATE TABLE other (id integer PRIMARY KEY, made_on date);
INSERT INTO note VALUES (1, '2020-01-01'), (2, '2020-01-01');
INSERT INTO other VALUES (1, '2020-01-01'), (2, '2025-12-01');

CREATE TABLE archive (id integer);
CREATE FUNCTION archive() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO archive VALUES (OLD.id); RETURN OLD; END $$;
CREATE TRIGGER archive AFTER DELETE ON note FOR EACH ROW EXECUTE FUNCTION archive();
