-- The tables that config/examples/dexes.toml assumes. Columns that end in _at hold moments in UTC
-- ('2026-11-21 09:30:00').

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  company TEXT,
  email TEXT NOT NULL UNIQUE,
  phone TEXT,
  closed_at TEXT
);
CREATE INDEX account_closed_at ON account (closed_at);

-- Technical measurement data of devices.
CREATE TABLE device_measurement (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  ip_address TEXT NOT NULL,
  operating_system TEXT,
  browser TEXT,
  measured_at TEXT NOT NULL,
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE INDEX device_measurement_account_id ON device_measurement (account_id);

-- Questions, requests, feature wishes, bug reports, compliments and complaints.
CREATE TABLE notification (
  id INTEGER PRIMARY KEY,
  account_id INTEGER,
  kind TEXT NOT NULL,
  sender_name TEXT NOT NULL,
  sender_email TEXT NOT NULL,
  message TEXT NOT NULL,
  received_at TEXT NOT NULL,
  handled_at TEXT,
  FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE INDEX notification_account_id ON notification (account_id);
CREATE INDEX notification_handled_at ON notification (handled_at);

-- The work on the software that came of a notification.
CREATE TABLE issue (
  id INTEGER PRIMARY KEY,
  reported_by INTEGER,
  title TEXT NOT NULL,
  FOREIGN KEY (reported_by) REFERENCES account (id)
);
CREATE INDEX issue_reported_by ON issue (reported_by);

CREATE TABLE newsletter_subscriber (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  subscribed_at TEXT NOT NULL,
  unsubscribed_at TEXT
);
CREATE INDEX newsletter_subscriber_unsubscribed_at ON newsletter_subscriber (unsubscribed_at);
