CREATE TABLE event (id integer, happened_on date, PRIMARY KEY (id, happened_on)) PARTITION BY RANGE (happened_on);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE TABLE gone (id integer);
CREATE FUNCTION note_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO gone VALUES (OLD.id); RETURN OLD; END';
CREATE TRIGGER gone AFTER DELETE ON event FOR EACH ROW EXECUTE FUNCTION note_it();
