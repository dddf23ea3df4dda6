-- The tables that config/examples/unexus.toml assumes. Columns that end in _on hold days ('2026-11-21'),
-- those in _at moments in UTC ('2026-11-21 09:30:00').

CREATE TABLE website_activity (
  id INTEGER PRIMARY KEY,
  visitor_key TEXT,
  ip_address TEXT,
  location TEXT,
  browser TEXT,
  path TEXT NOT NULL,
  happened_at TEXT NOT NULL,
  study_ends_on TEXT
);
CREATE INDEX website_activity_happened_at ON website_activity (happened_at);
CREATE INDEX website_activity_study_ends_on ON website_activity (study_ends_on);

CREATE TABLE contact_request (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  phone TEXT,
  email TEXT NOT NULL,
  question TEXT,
  received_at TEXT NOT NULL,
  called_back_at TEXT,
  answered_at TEXT,
  newsletter_consent_at TEXT,
  newsletter_withdrawn_at TEXT,
  investigation_reference TEXT
);
CREATE INDEX contact_request_called_back_at ON contact_request (called_back_at);
CREATE INDEX contact_request_answered_at ON contact_request (answered_at);
CREATE INDEX contact_request_newsletter_withdrawn_at ON contact_request (newsletter_withdrawn_at);

-- The evidence of opt-in consent: what was shown, and what was clicked.
CREATE TABLE consent_evidence (
  id INTEGER PRIMARY KEY,
  contact_request_id INTEGER NOT NULL,
  form_version TEXT NOT NULL,
  happened_at TEXT NOT NULL,
  FOREIGN KEY (contact_request_id) REFERENCES contact_request (id)
);
CREATE INDEX consent_evidence_contact_request_id ON consent_evidence (contact_request_id);

CREATE TABLE cookie (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  placed_at TEXT NOT NULL,
  session_ended_at TEXT
);
CREATE INDEX cookie_placed_at ON cookie (placed_at);
CREATE INDEX cookie_session_ended_at ON cookie (session_ended_at);

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  phone TEXT,
  street TEXT,
  postcode TEXT,
  bank_account TEXT,
  service_ended_on TEXT
);
CREATE INDEX customer_service_ended_on ON customer (service_ended_on);
