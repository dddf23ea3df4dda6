CREATE SCHEMA hr;
CREATE SCHEMA decoy;
CREATE TABLE hr.visit (id integer PRIMARY KEY, left_on date);
CREATE TABLE decoy.visit (id integer PRIMARY KEY, left_on date);
CREATE TABLE public.visit (id integer PRIMARY KEY, left_on date);
INSERT INTO hr.visit VALUES (1, '2020-01-01');
INSERT INTO decoy.visit VALUES (1, '2020-01-01');
INSERT INTO public.visit VALUES (1, '2020-01-01');
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = decoy, hr, public', current_database()); END $$;
