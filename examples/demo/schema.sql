-- The sample database of the demo: the tables of all five policies in one SQLite file.
-- Columns that end in _on hold days ('2026-11-21'), those in _at moments in UTC ('2026-11-21 09:30:00').

-- Exonet: applicants -------------------------------------------------------------------------------------------------

CREATE TABLE vacancy (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  filled_on TEXT                          -- NULL while the position is open
);

CREATE TABLE employee (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hired_on TEXT NOT NULL,
  left_on TEXT                            -- NULL while employed
);

CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  vacancy_id INTEGER REFERENCES vacancy (id),
  employee_id INTEGER REFERENCES employee (id),
  status TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  motivation TEXT,
  received_on TEXT NOT NULL,
  consent_given_on TEXT,
  consent_withdrawn_on TEXT,
  legal_hold BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX application_vacancy_id ON application (vacancy_id);
CREATE INDEX application_employee_id ON application (employee_id);
CREATE INDEX application_consent_given_on ON application (consent_given_on);
CREATE INDEX application_consent_withdrawn_on ON application (consent_withdrawn_on);

CREATE TABLE application_document (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL
);
CREATE INDEX application_document_application_id ON application_document (application_id);

CREATE TABLE application_note (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL REFERENCES application (id),
  note TEXT NOT NULL
);
CREATE INDEX application_note_application_id ON application_note (application_id);

-- Exact Services: customers, invoices, business data -----------------------------------------------------------------

CREATE TABLE service (                    -- no rule names this table: nothing touches it
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT,
  last_ip TEXT,
  device_id TEXT,
  registered_on TEXT NOT NULL,
  restricted BOOLEAN NOT NULL DEFAULT 0,
  legal_hold BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX customer_registered_on ON customer (registered_on);

CREATE TABLE contract (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customer (id),
  service_id INTEGER NOT NULL REFERENCES service (id),
  signed_on TEXT NOT NULL,
  ended_on TEXT                           -- NULL while it runs, and again when it was re-activated
);
CREATE INDEX contract_customer_id ON contract (customer_id);
CREATE INDEX contract_service_id ON contract (service_id);

CREATE TABLE invoice (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customer (id),
  number TEXT NOT NULL UNIQUE,
  issued_on TEXT NOT NULL,
  paid_on TEXT,
  total_cents INTEGER NOT NULL,
  legal_hold BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX invoice_customer_id ON invoice (customer_id);
CREATE INDEX invoice_paid_on ON invoice (paid_on);

CREATE TABLE invoice_line (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL REFERENCES invoice (id),
  description TEXT NOT NULL,
  amount_cents INTEGER NOT NULL
);
CREATE INDEX invoice_line_invoice_id ON invoice_line (invoice_id);

CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  service TEXT NOT NULL,
  started_on TEXT NOT NULL,
  ended_on TEXT,
  reactivated_on TEXT,                    -- who comes back has no end any more
  legal_hold BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX subscription_ended_on ON subscription (ended_on);

CREATE TABLE business_record (
  id INTEGER PRIMARY KEY,
  subscription_id INTEGER NOT NULL REFERENCES subscription (id),
  kind TEXT NOT NULL,
  content TEXT NOT NULL
);
CREATE INDEX business_record_subscription_id ON business_record (subscription_id);

-- Exact cookie policy: identifiers that rest on consent --------------------------------------------------------------

CREATE TABLE consent (
  id INTEGER PRIMARY KEY,
  visitor_key TEXT NOT NULL,
  category TEXT NOT NULL,
  given_at TEXT NOT NULL,
  withdrawn_at TEXT
);
CREATE INDEX consent_withdrawn_at ON consent (withdrawn_at);

CREATE TABLE identifier (
  id INTEGER PRIMARY KEY,
  consent_id INTEGER REFERENCES consent (id),
  name TEXT NOT NULL,
  class TEXT,                             -- the policy leaves some without a class
  value TEXT NOT NULL,
  expires_at TEXT
);
CREATE INDEX identifier_consent_id ON identifier (consent_id);
CREATE INDEX identifier_expires_at ON identifier (expires_at);

-- Dexes: accounts, notifications, newsletter -------------------------------------------------------------------------

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  closed_at TEXT
);
CREATE INDEX account_closed_at ON account (closed_at);

CREATE TABLE device_measurement (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES account (id),
  ip_address TEXT NOT NULL,
  browser TEXT
);
CREATE INDEX device_measurement_account_id ON device_measurement (account_id);

CREATE TABLE notification (
  id INTEGER PRIMARY KEY,
  account_id INTEGER REFERENCES account (id),
  sender_email TEXT NOT NULL,
  message TEXT NOT NULL,
  received_at TEXT NOT NULL,
  handled_at TEXT
);
CREATE INDEX notification_account_id ON notification (account_id);
CREATE INDEX notification_handled_at ON notification (handled_at);

CREATE TABLE issue (
  id INTEGER PRIMARY KEY,
  reported_by INTEGER REFERENCES account (id),
  title TEXT NOT NULL
);
CREATE INDEX issue_reported_by ON issue (reported_by);

CREATE TABLE newsletter_subscriber (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  subscribed_at TEXT NOT NULL,
  unsubscribed_at TEXT
);
CREATE INDEX newsletter_subscriber_unsubscribed_at ON newsletter_subscriber (unsubscribed_at);

-- Unexus: website activity, contact requests, cookies ----------------------------------------------------------------

CREATE TABLE website_activity (
  id INTEGER PRIMARY KEY,
  visitor_key TEXT,
  ip_address TEXT,
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

CREATE TABLE consent_evidence (
  id INTEGER PRIMARY KEY,
  contact_request_id INTEGER NOT NULL REFERENCES contact_request (id),
  form_version TEXT NOT NULL,
  happened_at TEXT NOT NULL
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
