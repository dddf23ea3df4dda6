CREATE TABLE edit (id integer PRIMARY KEY, made binary(14) NOT NULL, ends varbinary(14), author varbinary(255) NOT NULL, remark tinyblob NOT NULL);
