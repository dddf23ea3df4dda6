CREATE TABLE parcel (code char(6) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code char(6) PRIMARY KEY, parcel_code char(6) REFERENCES parcel (code));
