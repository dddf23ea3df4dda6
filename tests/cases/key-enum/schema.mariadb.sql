CREATE TABLE parcel (code enum('z','m','a','b') PRIMARY KEY, sent_on date);
CREATE TABLE scan (code enum('z','m','a','b') PRIMARY KEY, parcel_code enum('z','m','a','b') REFERENCES parcel (code));
