CREATE TABLE parcel (code varbinary(16) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code varbinary(16) PRIMARY KEY, parcel_code varbinary(16) REFERENCES parcel (code));
