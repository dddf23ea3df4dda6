CREATE TABLE parcel (code text PRIMARY KEY, sent_on date);
CREATE TABLE scan (code text PRIMARY KEY, parcel_code text REFERENCES parcel (code));
