INSERT INTO parcel VALUES ('z', '2020-01-01'), ('m', '2025-12-01'), ('a', '2020-01-01'), ('b', '2020-01-01');
INSERT INTO scan VALUES ('z', 'a'), ('m', 'm'), ('a', 'z');
