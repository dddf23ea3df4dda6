CREATE DOMAIN year_of AS integer CHECK (VALUE BETWEEN 1901 AND 2155);
CREATE TYPE rating AS ENUM ('G', 'PG');
CREATE TABLE film (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL, year year_of, rated rating DEFAULT 'G',
  features text[], picture bytea, about jsonb, words tsvector, left_on date);
INSERT INTO film (title, year, rated, features, picture, about, words, left_on) VALUES
  ('Ada', 2006, 'PG', ARRAY['a', 'b'], '\x00ff', '{"a": 1}', 'ada'::tsvector, '2020-01-01'),
  ('Bo', 2006, 'G', ARRAY['c'], NULL, NULL, NULL, '2026-01-01');
