INSERT INTO parcel VALUES ('Abc', '2020-01-01'), ('abd', '2020-01-01'), ('XYZ', '2025-12-01');
INSERT INTO scan VALUES ('1', 'ABC'), ('2', 'ABD'), ('3', 'xyz');
