CREATE TABLE parcel (code text NOT NULL PRIMARY KEY, sent_on date);
CREATE TABLE scan (code text NOT NULL PRIMARY KEY, parcel_code text NOT NULL REFERENCES parcel (code));
