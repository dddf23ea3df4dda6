CREATE TABLE invoice (id integer PRIMARY KEY, city NVARCHAR(20), made_at DATETIME);
