CREATE TABLE note (id integer PRIMARY KEY, made_on date, body varchar(80));
INSERT INTO note VALUES (1, '2020-01-01', 'old'), (2, '2025-02-28', 'its year ended yesterday'), (3, '2026-02-01', 'young');
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON note USING (id > 1);
