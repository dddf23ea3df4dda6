CREATE TABLE orders (id integer PRIMARY KEY, made_on date);
CREATE TABLE visit (id integer PRIMARY KEY, made_on date);
CREATE FUNCTION no_orders() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'orders stay'; END $$;
CREATE TRIGGER no_orders BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION no_orders();
INSERT INTO orders VALUES (1, '2020-01-01'), (2, '2026-01-01');
INSERT INTO visit VALUES (1, '2020-01-01'), (2, '2026-01-01');
