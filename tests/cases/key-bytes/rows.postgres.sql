INSERT INTO parcel VALUES ('\x00', '2020-01-01'), ('\x0027', '2020-01-01'), ('\x5c22ff', '2020-01-01'), ('\xff', '2025-12-01');
INSERT INTO scan VALUES ('\x01', '\x0027'), ('\x02', '\xff'), ('\x03', '\x5c22ff');
