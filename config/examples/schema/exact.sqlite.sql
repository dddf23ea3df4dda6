-- The tables that config/examples/exact.toml assumes. Columns that end in _on hold days ('2026-11-21'),
-- those in _at moments in UTC ('2026-11-21 09:30:00').

-- Database crm: what the company knows of its customers ("Your Personal Data").

CREATE TABLE service (
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
  restricted BOOLEAN NOT NULL DEFAULT 0
);
CREATE INDEX customer_registered_on ON customer (registered_on);

CREATE TABLE contract (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  service_id INTEGER NOT NULL,
  signed_on TEXT NOT NULL,
  ended_on TEXT,
  FOREIGN KEY (customer_id) REFERENCES customer (id),
  FOREIGN KEY (service_id) REFERENCES service (id)
);
CREATE INDEX contract_customer_id ON contract (customer_id);
CREATE INDEX contract_service_id ON contract (service_id);

CREATE TABLE invoice (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  number TEXT NOT NULL UNIQUE,
  issued_on TEXT NOT NULL,
  paid_on TEXT,
  total_cents INTEGER NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX invoice_customer_id ON invoice (customer_id);
CREATE INDEX invoice_paid_on ON invoice (paid_on);

CREATE TABLE invoice_line (
  id INTEGER PRIMARY KEY,
  invoice_id INTEGER NOT NULL,
  description TEXT NOT NULL,
  amount_cents INTEGER NOT NULL,
  FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX invoice_line_invoice_id ON invoice_line (invoice_id);

-- Claims, investigations, court orders: each row holds one customer or one invoice, by its key, until it is lifted or
-- its last day is over.
CREATE TABLE legal_hold (
  id INTEGER PRIMARY KEY,
  record_type TEXT NOT NULL,
  record_id INTEGER NOT NULL,
  reference TEXT NOT NULL,
  ordered_by TEXT NOT NULL,
  lifted_on TEXT,
  ends_on TEXT
);
CREATE INDEX legal_hold_record_id ON legal_hold (record_id);

-- Database online: what the customers keep in the service ("Business Data").

-- How long the data of each service is kept after the agreement.
CREATE TABLE service_terms (
  service TEXT PRIMARY KEY,
  grace_days INTEGER NOT NULL
);

CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  service TEXT NOT NULL,
  started_on TEXT NOT NULL,
  ended_on TEXT,
  legal_hold BOOLEAN NOT NULL DEFAULT 0,
  FOREIGN KEY (service) REFERENCES service_terms (service)
);
CREATE INDEX subscription_service ON subscription (service);
CREATE INDEX subscription_ended_on ON subscription (ended_on);

CREATE TABLE business_record (
  id INTEGER PRIMARY KEY,
  subscription_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at TEXT NOT NULL,
  FOREIGN KEY (subscription_id) REFERENCES subscription (id)
);
CREATE INDEX business_record_subscription_id ON business_record (subscription_id);

CREATE TABLE attachment (
  id INTEGER PRIMARY KEY,
  business_record_id INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  FOREIGN KEY (business_record_id) REFERENCES business_record (id)
);
CREATE INDEX attachment_business_record_id ON attachment (business_record_id);
