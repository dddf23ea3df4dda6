-- The tables that config/examples/exonet.toml assumes. Columns that end in _on hold days, those in _at moments in UTC.

CREATE TABLE customer (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  email varchar(200),
  phone varchar(40),
  login varchar(80),
  service_ended_on date
);
CREATE INDEX customer_service_ended_on ON customer (service_ended_on);

CREATE TABLE invoice (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  customer_id bigint NOT NULL,
  number varchar(20) NOT NULL UNIQUE,
  issued_on date NOT NULL,
  total_cents bigint NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX invoice_customer_id ON invoice (customer_id);
CREATE INDEX invoice_issued_on ON invoice (issued_on);

CREATE TABLE invoice_line (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  invoice_id bigint NOT NULL,
  description varchar(200) NOT NULL,
  amount_cents bigint NOT NULL,
  FOREIGN KEY (invoice_id) REFERENCES invoice (id)
);
CREATE INDEX invoice_line_invoice_id ON invoice_line (invoice_id);

CREATE TABLE vacancy (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  title varchar(120) NOT NULL,
  opened_on date NOT NULL,
  filled_on date
);

CREATE TABLE employee (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  hired_on date NOT NULL,
  left_on date
);

CREATE TABLE application (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  vacancy_id bigint,
  employee_id bigint,
  status varchar(20) NOT NULL,
  name varchar(120) NOT NULL,
  email varchar(200) NOT NULL,
  phone varchar(40),
  salary_indication varchar(40),
  motivation text,
  received_on date NOT NULL,
  consent_given_on date,
  consent_withdrawn_on date,
  legal_hold boolean NOT NULL DEFAULT false,
  FOREIGN KEY (vacancy_id) REFERENCES vacancy (id),
  FOREIGN KEY (employee_id) REFERENCES employee (id)
);
CREATE INDEX application_vacancy_id ON application (vacancy_id);
CREATE INDEX application_employee_id ON application (employee_id);
CREATE INDEX application_consent_given_on ON application (consent_given_on);
CREATE INDEX application_consent_withdrawn_on ON application (consent_withdrawn_on);

CREATE TABLE application_document (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  application_id bigint NOT NULL,
  kind varchar(20) NOT NULL,
  file_name varchar(200) NOT NULL,
  FOREIGN KEY (application_id) REFERENCES application (id)
);
CREATE INDEX application_document_application_id ON application_document (application_id);

CREATE TABLE application_note (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  application_id bigint NOT NULL,
  author varchar(80) NOT NULL,
  note text NOT NULL,
  FOREIGN KEY (application_id) REFERENCES application (id)
);
CREATE INDEX application_note_application_id ON application_note (application_id);

CREATE TABLE portal_cookie (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  customer_id bigint NOT NULL,
  value varchar(200) NOT NULL,
  expires_at datetime NOT NULL,
  FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE INDEX portal_cookie_customer_id ON portal_cookie (customer_id);
CREATE INDEX portal_cookie_expires_at ON portal_cookie (expires_at);
