INSERT INTO parcel VALUES (x'00', '2020-01-01'), (x'0001', '2020-01-01'), (x'ff', '2025-12-01');
INSERT INTO scan VALUES (x'01', x'0001'), (x'02', x'ff');
