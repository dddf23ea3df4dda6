CREATE VIRTUAL TABLE words USING fts5(made_on, body);
