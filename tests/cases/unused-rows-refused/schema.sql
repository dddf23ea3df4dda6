CREATE TABLE tag (id integer PRIMARY KEY);
CREATE TABLE address (id integer PRIMARY KEY);
CREATE TABLE employee (id integer PRIMARY KEY, address_id integer REFERENCES address (id));
