CREATE TABLE parcel (code binary(4) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code binary(4) PRIMARY KEY, parcel_code binary(4) REFERENCES parcel (code));
