-- The tables that config/examples/exact.toml assumes. Columns that end in _on hold days, those in _at moments in UTC.

-- Database crm: what the company knows of its customers ("Your Personal Data").

CREATE TABLE service (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(80) NOT NULL
);

CREATE TABLE customer (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  email varchar(200) NOT NULL,
  phone varchar(40),
  last_ip varchar(45),
  device_id varchar(64),
  registered_on date NOT NULL,
  restricted boolean NOT NULL DEFAULT false
);
CREATE INDEX customer_registered_on ON customer (registered_on);

CREATE TABLE contract (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  customer_id bigint NOT NULL,
  service_id bigint NOT NULL,
  signed_on date NOT NULL,
  ended_on date,
  FOREIGN KEY (customer_id) REFERENCES customer (id),
  FOREIGN KEY (service_id) REFERENCES service (id)
);
CREATE INDEX contract_customer_id ON contract (customer_id);
CREATE INDEX contract_service_id ON contract (service_id);

CREATE TABLE invoice (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  customer_id bigint NOT NULL,
  number varchar(20) NOT NULL UNIQUE,
  issued_on date NOT NULL,
  paid_on date,
  total_cents bigint NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX invoice_customer_id ON invoice (customer_id);
CREATE INDEX invoice_paid_on ON invoice (paid_on);

CREATE TABLE invoice_line (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  invoice_id bigint NOT NULL,
  description varchar(200) NOT NULL,
  amount_cents bigint NOT NULL,
  FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX invoice_line_invoice_id ON invoice_line (invoice_id);

-- Claims, investigations, court orders: each row holds one customer or one invoice, by its key, until it is lifted or
-- its last day is over.
CREATE TABLE legal_hold (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  record_type varchar(20) NOT NULL,
  record_id bigint NOT NULL,
  reference varchar(40) NOT NULL,
  ordered_by varchar(80) NOT NULL,
  lifted_on date,
  ends_on date
);
CREATE INDEX legal_hold_record_id ON legal_hold (record_id);

-- Database online: what the customers keep in the service ("Business Data").

-- How long the data of each service is kept after the agreement.
CREATE TABLE service_terms (
  service varchar(20) PRIMARY KEY,
  grace_days integer NOT NULL
);

CREATE TABLE subscription (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  tenant varchar(80) NOT NULL,
  service varchar(20) NOT NULL,
  started_on date NOT NULL,
  ended_on date,
  legal_hold boolean NOT NULL DEFAULT false,
  FOREIGN KEY (service) REFERENCES service_terms (service)
);
CREATE INDEX subscription_service ON subscription (service);
CREATE INDEX subscription_ended_on ON subscription (ended_on);

CREATE TABLE business_record (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  subscription_id bigint NOT NULL,
  kind varchar(40) NOT NULL,
  content text NOT NULL,
  created_at datetime NOT NULL,
  FOREIGN KEY (subscription_id) REFERENCES subscription (id)
);
CREATE INDEX business_record_subscription_id ON business_record (subscription_id);

CREATE TABLE attachment (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  business_record_id bigint NOT NULL,
  file_name varchar(200) NOT NULL,
  FOREIGN KEY (business_record_id) REFERENCES business_record (id)
);
CREATE INDEX attachment_business_record_id ON attachment (business_record_id);
