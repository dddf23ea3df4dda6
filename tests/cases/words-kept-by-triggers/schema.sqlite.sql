CREATE TABLE note (id integer PRIMARY KEY, made_on text, body text);
CREATE VIRTUAL TABLE words USING fts5(body, content='note', content_rowid='id');
CREATE TRIGGER note_in AFTER INSERT ON note BEGIN INSERT INTO words(rowid, body) VALUES (new.id, new.body); END;
CREATE TRIGGER note_out AFTER DELETE ON note BEGIN
  INSERT INTO words(words, rowid, body) VALUES ('delete', old.id, old.body);
END;
INSERT INTO note VALUES (1, '2020-01-01', 'a secret'), (2, '2025-02-28', 'another secret'), (3, '2026-02-01', 'open');
