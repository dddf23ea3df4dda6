CREATE TABLE employee (id integer PRIMARY KEY, name varchar(20), left_on date);
CREATE TABLE contract (id integer PRIMARY KEY, signed_by integer NOT NULL, FOREIGN KEY (signed_by) REFERENCES employee (id) ON DELETE CASCADE);
CREATE TABLE badge (id integer PRIMARY KEY, employee_id integer NOT NULL REFERENCES employee (id));
CREATE TABLE approval (id integer PRIMARY KEY, badge_id integer NOT NULL REFERENCES badge (id));
