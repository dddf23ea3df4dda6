CREATE TABLE parcel (code bigint unsigned PRIMARY KEY, sent_on date);
CREATE TABLE scan (code bigint unsigned PRIMARY KEY, parcel_code bigint unsigned REFERENCES parcel (code));
