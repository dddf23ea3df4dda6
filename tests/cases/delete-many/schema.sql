CREATE TABLE person (id integer PRIMARY KEY, left_on date);
CREATE TABLE letter (id integer PRIMARY KEY, person_id integer REFERENCES person (id));
CREATE INDEX person_left_on ON person (left_on);
INSERT INTO person VALUES (1,'2020-01-01'),(2,'2020-01-02'),(3,'2020-01-01'),(4,'2020-01-01'),(5,'2020-01-03'),(6,'2020-01-01'),(7,'2020-01-01'),(8,'2025-12-01'),(9,'2020-01-01'),(10,'2025-12-01'),(11,'2020-01-01');
INSERT INTO letter VALUES (1,1),(2,1),(3,1),(4,1),(5,1),(6,2),(7,8),(8,8),(9,11),(10,11),(11,11),(12,NULL);
