-- The tables that config/examples/cookies.toml assumes. Columns that end in _at hold moments in UTC.

CREATE TABLE visitor (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  country varchar(2),
  first_seen_at datetime NOT NULL
);

CREATE TABLE consent (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  visitor_id bigint NOT NULL,
  category varchar(20) NOT NULL,
  given_at datetime NOT NULL,
  withdrawn_at datetime,
  FOREIGN KEY (visitor_id) REFERENCES visitor (id)
);
CREATE INDEX consent_visitor_id ON consent (visitor_id);
CREATE INDEX consent_withdrawn_at ON consent (withdrawn_at);

-- One row for each identifier that was placed with a visitor.
CREATE TABLE identifier (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  visitor_id bigint NOT NULL,
  consent_id bigint,
  name varchar(80) NOT NULL,
  class varchar(20),
  value varchar(200) NOT NULL,
  placed_at datetime NOT NULL,
  expires_at datetime,
  FOREIGN KEY (visitor_id) REFERENCES visitor (id),
  FOREIGN KEY (consent_id) REFERENCES consent (id)
);
CREATE INDEX identifier_visitor_id ON identifier (visitor_id);
CREATE INDEX identifier_consent_id ON identifier (consent_id);
CREATE INDEX identifier_expires_at ON identifier (expires_at);
