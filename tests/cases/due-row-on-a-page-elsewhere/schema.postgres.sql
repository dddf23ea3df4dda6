CREATE TABLE letter (id integer PRIMARY KEY, sent_on date NOT NULL, body text NOT NULL, name varchar(20));
INSERT INTO letter
SELECT id, CASE WHEN id <= 200 THEN date '2010-01-01' ELSE date '2019-01-01' END + id, repeat('b', 1000), 'name'
  FROM generate_series(1, 400) AS id;
CREATE INDEX letter_sent_on ON letter (sent_on);
UPDATE letter SET body = repeat('c', 1100) WHERE id IN (100, 300);
ANALYZE letter;
