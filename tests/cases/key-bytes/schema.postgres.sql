CREATE TABLE parcel (code bytea PRIMARY KEY, sent_on date);
CREATE TABLE scan (code bytea PRIMARY KEY, parcel_code bytea REFERENCES parcel (code));
