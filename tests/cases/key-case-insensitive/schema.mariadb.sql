CREATE TABLE parcel (code varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, sent_on date);
CREATE TABLE scan (code varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, parcel_code varchar(20) COLLATE utf8mb4_general_ci REFERENCES parcel (code));
