INSERT INTO parcel VALUES ('a', '2020-01-01'), ('ab', '2020-01-01'), ('abcdef', '2020-01-01'), ('b', '2025-12-01');
INSERT INTO scan VALUES ('1', 'a'), ('2', 'abcdef'), ('3', 'b');
