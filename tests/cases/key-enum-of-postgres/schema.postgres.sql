CREATE TYPE size AS ENUM ('z', 'm', 'a', 'b');
CREATE TABLE parcel (code size PRIMARY KEY, sent_on date);
CREATE TABLE scan (code size PRIMARY KEY, parcel_code size REFERENCES parcel (code));
INSERT INTO parcel VALUES ('z', '2020-01-01'), ('m', '2025-12-01'), ('a', '2020-01-01'), ('b', '2020-01-01');
INSERT INTO scan VALUES ('z', 'a'), ('m', 'm'), ('a', 'z');
