CREATE TABLE parcel (code decimal(20,0) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code decimal(20,0) PRIMARY KEY, parcel_code decimal(20,0) REFERENCES parcel (code));
