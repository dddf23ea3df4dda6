-- The tables that config/examples/dexes.toml assumes. Columns that end in _at hold moments in UTC.

CREATE TABLE account (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL,
  company varchar(120),
  email varchar(200) NOT NULL UNIQUE,
  phone varchar(40),
  closed_at datetime
);
CREATE INDEX account_closed_at ON account (closed_at);

-- Technical measurement data of devices.
CREATE TABLE device_measurement (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  account_id bigint NOT NULL,
  ip_address varchar(45) NOT NULL,
  operating_system varchar(80),
  browser varchar(80),
  measured_at datetime NOT NULL,
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE INDEX device_measurement_account_id ON device_measurement (account_id);

-- Questions, requests, feature wishes, bug reports, compliments and complaints.
CREATE TABLE notification (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  account_id bigint,
  kind varchar(20) NOT NULL,
  sender_name varchar(120) NOT NULL,
  sender_email varchar(200) NOT NULL,
  message text NOT NULL,
  received_at datetime NOT NULL,
  handled_at datetime,
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE INDEX notification_account_id ON notification (account_id);
CREATE INDEX notification_handled_at ON notification (handled_at);

-- The work on the software that came of a notification.
CREATE TABLE issue (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  reported_by bigint,
  title varchar(200) NOT NULL,
  FOREIGN KEY (reported_by) REFERENCES account (id)
);
CREATE INDEX issue_reported_by ON issue (reported_by);

CREATE TABLE newsletter_subscriber (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  email varchar(200) NOT NULL UNIQUE,
  subscribed_at datetime NOT NULL,
  unsubscribed_at datetime
);
CREATE INDEX newsletter_subscriber_unsubscribed_at ON newsletter_subscriber (unsubscribed_at);
