CREATE TABLE batch (id integer PRIMARY KEY, ended date);
CREATE TABLE node (id integer PRIMARY KEY, batch_id integer NOT NULL, above integer, copy_of integer, held boolean NOT NULL, FOREIGN KEY (batch_id) REFERENCES batch (id), FOREIGN KEY (above) REFERENCES node (id), FOREIGN KEY (copy_of) REFERENCES node (id));
CREATE INDEX node_batch ON node (batch_id);
CREATE INDEX node_above ON node (above);
CREATE INDEX node_copy ON node (copy_of);
