CREATE TABLE visit (visitor integer NOT NULL, entered_on date NOT NULL);
INSERT INTO visit VALUES (1, '2020-01-01'), (1, '2020-01-02'), (2, '2020-01-01'), (2, '2025-12-01');
