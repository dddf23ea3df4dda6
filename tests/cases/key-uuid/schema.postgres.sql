CREATE TABLE parcel (code uuid PRIMARY KEY, sent_on date);
CREATE TABLE scan (code uuid PRIMARY KEY, parcel_code uuid REFERENCES parcel (code));
