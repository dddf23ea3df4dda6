-- The tables that config/examples/cookies.toml assumes. Columns that end in _at hold moments in UTC
-- ('2026-11-21 09:30:00').

CREATE TABLE visitor (
  id INTEGER PRIMARY KEY,
  country TEXT,
  first_seen_at TEXT NOT NULL
);

CREATE TABLE consent (
  id INTEGER PRIMARY KEY,
  visitor_id INTEGER NOT NULL,
  category TEXT NOT NULL,
  given_at TEXT NOT NULL,
  withdrawn_at TEXT,
  FOREIGN KEY (visitor_id) REFERENCES visitor (id)
);
CREATE INDEX consent_visitor_id ON consent (visitor_id);
CREATE INDEX consent_withdrawn_at ON consent (withdrawn_at);

-- One row for each identifier that was placed with a visitor.
CREATE TABLE identifier (
  id INTEGER PRIMARY KEY,
  visitor_id INTEGER NOT NULL,
  consent_id INTEGER,
  name TEXT NOT NULL,
  class TEXT,
  value TEXT NOT NULL,
  placed_at TEXT NOT NULL,
  expires_at TEXT,
  FOREIGN KEY (visitor_id) REFERENCES visitor (id),
  FOREIGN KEY (consent_id) REFERENCES consent (id)
);
CREATE INDEX identifier_visitor_id ON identifier (visitor_id);
CREATE INDEX identifier_consent_id ON identifier (consent_id);
CREATE INDEX identifier_expires_at ON identifier (expires_at);
