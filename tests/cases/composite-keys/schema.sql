CREATE TABLE vacancy (tenant integer NOT NULL, no integer NOT NULL, filled_on date, PRIMARY KEY (tenant, no));
CREATE TABLE application (tenant integer NOT NULL, no integer NOT NULL, vacancy_no integer, PRIMARY KEY (tenant, no), FOREIGN KEY (tenant, vacancy_no) REFERENCES vacancy (tenant, no));
CREATE TABLE note (tenant integer NOT NULL, application_no integer NOT NULL, seq varchar(4) NOT NULL, PRIMARY KEY (tenant, application_no, seq), FOREIGN KEY (tenant, application_no) REFERENCES application (tenant, no));
INSERT INTO vacancy VALUES (1, 1, '2025-01-01'), (1, 2, '2026-02-25'), (2, 1, '2026-02-25'), (2, 2, '2025-01-01');
INSERT INTO application VALUES (1, 1, 1), (1, 2, 2), (2, 1, 1), (2, 2, 2), (1, 3, NULL), (1, 4, 1), (1, 5, 1);
INSERT INTO note VALUES (1, 1, 'a'), (1, 1, 'b'), (1, 2, 'a'), (2, 1, 'a'), (2, 2, 'a'), (2, 2, 'b'), (1, 3, 'a');
