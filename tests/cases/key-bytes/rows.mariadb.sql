INSERT INTO parcel VALUES (x'00', '2020-01-01'), (x'0027', '2020-01-01'), (x'5c22ff', '2020-01-01'), (x'ff', '2025-12-01');
INSERT INTO scan VALUES (x'01', x'0027'), (x'02', x'ff'), (x'03', x'5c22ff');
