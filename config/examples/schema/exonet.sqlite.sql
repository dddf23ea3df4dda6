-- The tables that config/examples/exonet.toml assumes. Columns that end in _on hold days ('2026-11-21'),
-- those in _at moments in UTC ('2026-11-21 09:30:00').

CREATE TABLE customer (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT,
  phone TEXT,
  login TEXT,
  service_ended_on TEXT
);
CREATE INDEX customer_service_ended_on ON customer (service_ended_on);

CREATE TABLE invoice (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  number TEXT NOT NULL UNIQUE,
  issued_on TEXT NOT NULL,
  total_cents INTEGER NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX invoice_customer_id ON invoice (customer_id);
CREATE INDEX invoice_issued_on ON invoice (issued_on);

CREATE TABLE invoice_line (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL,
  description TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX invoice_line_invoice_id ON invoice_line (invoice_id);

CREATE TABLE vacancy (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  filled_on TEXT
);

CREATE TABLE employee (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hired_on TEXT NOT NULL,
  left_on TEXT
);

CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  vacancy_id INTEGER,
  employee_id INTEGER,
  status TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT,
  salary_indication TEXT,
  motivation TEXT,
  received_on TEXT NOT NULL,
  consent_given_on TEXT,
  consent_withdrawn_on TEXT,
  legal_hold BOOLEAN NOT NULL DEFAULT 0,
  FOREIGN KEY (vacancy_id) REFERENCES vacancy (id),
  FOREIGN KEY (employee_id) REFERENCES employee (id)
);
CREATE INDEX application_vacancy_id ON application (vacancy_id);
CREATE INDEX application_employee_id ON application (employee_id);
CREATE INDEX application_consent_given_on ON application (consent_given_on);
CREATE INDEX application_consent_withdrawn_on ON application (consent_withdrawn_on);

CREATE TABLE application_document (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  file_name TEXT NOT NULL,
  FOREIGN KEY (application_id) REFERENCES application (id)
);
CREATE INDEX application_document_application_id ON application_document (application_id);

CREATE TABLE application_note (
  id INTEGER PRIMARY KEY,
  application_id INTEGER NOT NULL,
  author TEXT NOT NULL,
  note TEXT NOT NULL,
  FOREIGN KEY (application_id) REFERENCES application (id)
);
CREATE INDEX application_note_application_id ON application_note (application_id);

CREATE TABLE portal_cookie (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  value TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX portal_cookie_customer_id ON portal_cookie (customer_id);
CREATE INDEX portal_cookie_expires_at ON portal_cookie (expires_at);
