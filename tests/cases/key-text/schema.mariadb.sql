CREATE TABLE parcel (code varchar(40) PRIMARY KEY, sent_on date);
CREATE TABLE scan (code varchar(40) PRIMARY KEY, parcel_code varchar(40) REFERENCES parcel (code));
