-- The tables that config/examples/unexus.toml assumes. Columns that end in _on hold days, those in _at moments in UTC.

CREATE TABLE website_activity (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  visitor_key varchar(64),
  ip_address varchar(45),
  location varchar(80),
  browser varchar(80),
  path varchar(200) NOT NULL,
  happened_at datetime NOT NULL,
  study_ends_on date
);
CREATE INDEX website_activity_happened_at ON website_activity (happened_at);
CREATE INDEX website_activity_study_ends_on ON website_activity (study_ends_on);

CREATE TABLE contact_request (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  phone varchar(40),
  email varchar(200) NOT NULL,
  question text,
  received_at datetime NOT NULL,
  called_back_at datetime,
  answered_at datetime,
  newsletter_consent_at datetime,
  newsletter_withdrawn_at datetime,
  investigation_reference varchar(40)
);
CREATE INDEX contact_request_called_back_at ON contact_request (called_back_at);
CREATE INDEX contact_request_answered_at ON contact_request (answered_at);
CREATE INDEX contact_request_newsletter_withdrawn_at ON contact_request (newsletter_withdrawn_at);

-- The evidence of opt-in consent: what was shown, and what was clicked.
CREATE TABLE consent_evidence (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  contact_request_id bigint NOT NULL,
  form_version varchar(20) NOT NULL,
  happened_at datetime NOT NULL,
  FOREIGN KEY (contact_request_id) REFERENCES contact_request (id)
);
CREATE INDEX consent_evidence_contact_request_id ON consent_evidence (contact_request_id);

CREATE TABLE cookie (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(80) NOT NULL,
  value varchar(200) NOT NULL,
  placed_at datetime NOT NULL,
  session_ended_at datetime
);
CREATE INDEX cookie_placed_at ON cookie (placed_at);
CREATE INDEX cookie_session_ended_at ON cookie (session_ended_at);

CREATE TABLE customer (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  email varchar(200) NOT NULL UNIQUE,
  phone varchar(40),
  street varchar(120),
  postcode varchar(10),
  bank_account varchar(34),
  service_ended_on date
);
CREATE INDEX customer_service_ended_on ON customer (service_ended_on);
