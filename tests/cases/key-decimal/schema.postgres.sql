CREATE TABLE parcel (code numeric(20,0) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code numeric(20,0) PRIMARY KEY, parcel_code numeric(20,0) REFERENCES parcel (code));
