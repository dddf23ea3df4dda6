CREATE TABLE "Visit" (id integer PRIMARY KEY, left_on date);
CREATE TABLE visit (id integer PRIMARY KEY, left_on date, "Left_on" date);
INSERT INTO "Visit" VALUES (1, '2020-01-01');
INSERT INTO visit VALUES (1, '2020-01-01', '2025-12-01'), (2, '2025-12-01', '2020-01-01');
