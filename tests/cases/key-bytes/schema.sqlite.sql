CREATE TABLE parcel (code blob NOT NULL PRIMARY KEY, sent_on date);
CREATE TABLE scan (code blob NOT NULL PRIMARY KEY, parcel_code blob NOT NULL REFERENCES parcel (code));
