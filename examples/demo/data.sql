-- The sample rows. Everybody in them is invented. The numbers are the same each time; the dates lie before and after
-- the day on which this is loaded, so that a run always finds something due, something held and something not due.

PRAGMA foreign_keys = ON;
BEGIN;

-- Four dice for each n, thrown by the multiplicative generators of Park and Miller: the same each time.
CREATE TEMP TABLE dice (n INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d INTEGER);
INSERT INTO dice
WITH RECURSIVE throw (n, a, b, c, d) AS (
  SELECT 1, 20261121, 314159265, 271828182, 141421356
  UNION ALL
  SELECT n + 1, a * 48271 % 2147483647, b * 16807 % 2147483647, c * 69621 % 2147483647, d * 39373 % 2147483647
  FROM throw WHERE n < 120000
)
SELECT n, a / 16, b / 16, c / 16, d / 16 FROM throw;

CREATE TEMP TABLE first_name (n INTEGER PRIMARY KEY, name TEXT);
INSERT INTO first_name VALUES
  (0, 'Aafke'), (1, 'Bram'), (2, 'Chidi'), (3, 'Dunya'), (4, 'Emre'), (5, 'Fenna'), (6, 'Goran'), (7, 'Hanne'),
  (8, 'Ilias'), (9, 'Jolanda'), (10, 'Kwame'), (11, 'Lotte'), (12, 'Mees'), (13, 'Nour'), (14, 'Oskar'), (15, 'Pien');
CREATE TEMP TABLE last_name (n INTEGER PRIMARY KEY, name TEXT);
INSERT INTO last_name VALUES
  (0, 'Voorbeeld'), (1, 'Sample'), (2, 'de Proef'), (3, 'Verzonnen'), (4, 'van Nergens'), (5, 'Muster'), (6, 'Esempio'),
  (7, 'Ejemplo'), (8, 'Placeholder'), (9, 'Niemand'), (10, 'von Irgendwo'), (11, 'Fictief'), (12, 'Doe');

-- A person for each n, with an address that nobody can have (RFC 2606) and a number of the documentation (RFC 5737).
CREATE TEMP TABLE person (n INTEGER PRIMARY KEY, name TEXT, email TEXT, ip TEXT, key TEXT);
INSERT INTO person
SELECT dice.n, first_name.name || ' ' || last_name.name, 'person' || dice.n || '@example.org',
       '192.0.2.' || (c % 254 + 1), printf('%08x%08x', a, d)
FROM dice JOIN first_name ON first_name.n = a % 16 JOIN last_name ON last_name.n = b % 13;

-- Exonet: applicants -------------------------------------------------------------------------------------------------

INSERT INTO vacancy (id, title, opened_on)
SELECT n, 'Position ' || n, date('now', '-' || (20 + a % 1800) || ' days') FROM dice WHERE n <= 400;
UPDATE vacancy SET filled_on = date(opened_on, '+' || (20 + (SELECT b % 100 FROM dice WHERE n = vacancy.id)) || ' days');
UPDATE vacancy SET filled_on = NULL WHERE filled_on > date('now');          -- still open

INSERT INTO employee (id, name, hired_on)
SELECT n, name, date('now', '-' || (30 + a % 3000) || ' days') FROM dice JOIN person USING (n) WHERE n <= 400;
UPDATE employee SET left_on = date(hired_on, '+' || (200 + (SELECT b % 2500 FROM dice WHERE n = employee.id)) || ' days');
UPDATE employee SET left_on = NULL WHERE left_on > date('now');             -- still here

-- Ten applications for each vacancy, the first of whom was hired if the position is filled.
INSERT INTO application (id, vacancy_id, employee_id, status, name, email, motivation, received_on, legal_hold)
SELECT n, vacancy.id, CASE WHEN n <= 400 AND filled_on IS NOT NULL THEN n END,
       CASE WHEN n <= 400 AND filled_on IS NOT NULL THEN 'hired' WHEN filled_on IS NULL THEN 'received' ELSE 'rejected' END,
       name, email, 'I have always wanted to be number ' || n || '.',
       date(opened_on, '+' || (1 + c % 19) || ' days'), n % 97 = 0
FROM dice JOIN person USING (n) JOIN vacancy ON vacancy.id = (n - 1) % 400 + 1 WHERE n <= 4000;
UPDATE application SET vacancy_id = NULL WHERE id > 400 AND id % 40 = 7;    -- sent in without a vacancy
UPDATE application SET consent_given_on = date(received_on, '+10 days') WHERE id > 400 AND id % 10 IN (3, 7, 8);
UPDATE application SET consent_withdrawn_on = date(consent_given_on, '+60 days')
WHERE id % 50 = 13 AND date(consent_given_on, '+60 days') <= date('now');

INSERT INTO application_document (application_id, kind, file_name)
SELECT n, 'cv', 'cv-' || n || '.pdf' FROM dice WHERE n <= 4000
UNION ALL
SELECT n, 'reference', 'reference-' || n || '.pdf' FROM dice WHERE n <= 4000 AND d % 3 = 0;
INSERT INTO application_note (application_id, note)
SELECT n, 'Telephoned, asked about the weather.' FROM dice WHERE n <= 4000 AND b % 2 = 0;

-- Exact Services: customers, invoices, business data -----------------------------------------------------------------

INSERT INTO service VALUES (1, 'bookkeeping'), (2, 'payroll'), (3, 'projects'), (4, 'scheduling');

INSERT INTO customer (id, name, email, phone, last_ip, device_id, registered_on, restricted, legal_hold)
SELECT n, name, email, '000-' || n, ip, key, date('now', '-' || (300 + a % 4800) || ' days'), n % 211 = 0, n % 173 = 0
FROM dice JOIN person USING (n) WHERE n <= 5000;

INSERT INTO contract (id, customer_id, service_id, signed_on)
SELECT n, customer.id, b % 4 + 1, date(registered_on, '+' || (c % 200) || ' days')
FROM dice JOIN customer ON customer.id = (n - 1) % 5000 + 1 WHERE n <= 6500 AND customer.id % 50 <> 49;
UPDATE contract SET ended_on = date(signed_on, '+' || (200 + (SELECT d % 1500 FROM dice WHERE n = contract.id)) || ' days');
UPDATE contract SET ended_on = NULL WHERE ended_on > date('now');           -- it runs
UPDATE contract SET ended_on = NULL WHERE id % 45 = 0;                      -- it was re-activated
UPDATE contract SET ended_on = date('now', '+90 days') WHERE id % 60 = 1;   -- it has been cancelled, and ends later

-- Four invoices in the life of each contract.
INSERT INTO invoice (id, customer_id, number, issued_on, total_cents, legal_hold)
SELECT dice.n, customer_id, printf('F%07d', dice.n),
       date(signed_on, '+' || CAST((julianday(min(coalesce(ended_on, date('now')), date('now'))) - julianday(signed_on))
                                   * (c % 1000) / 1000 AS INTEGER) || ' days'),
       1000 + b % 90000, dice.n % 307 = 0
FROM dice JOIN contract ON contract.id = (dice.n - 1) % 6500 + 1 WHERE dice.n <= 26000;
UPDATE invoice SET paid_on = date(issued_on, '+14 days');
UPDATE invoice SET paid_on = NULL WHERE id % 89 = 0 OR paid_on > date('now');           -- not paid
UPDATE invoice SET paid_on = '1900-01-01' WHERE id % 503 = 0;                           -- nobody paid on that day
UPDATE invoice SET paid_on = '0000-00-00' WHERE id % 1009 = 0;                          -- and there is no such day
UPDATE invoice SET paid_on = date(paid_on, '+100 years') WHERE id % 701 = 0;            -- a slip of the finger

INSERT INTO invoice_line (invoice_id, description, amount_cents)
SELECT id, 'Subscription', total_cents - 500 FROM invoice UNION ALL SELECT id, 'Support', 500 FROM invoice;

INSERT INTO subscription (id, tenant, service, started_on, legal_hold)
SELECT n, 'tenant-' || n,
       CASE a % 25 WHEN 0 THEN 'archive' ELSE (SELECT name FROM service WHERE id = a % 4 + 1) END,
       date('now', '-' || (400 + b % 2000) || ' days'), n % 101 = 0
FROM dice WHERE n <= 1500;
UPDATE subscription SET ended_on = date('now', '-' || (SELECT c % 400 FROM dice WHERE n = subscription.id) || ' days')
WHERE id % 5 < 2;
UPDATE subscription SET ended_on = NULL, reactivated_on = date('now', '-3 days') WHERE id % 20 = 1;
UPDATE subscription SET ended_on = '1900-01-01' WHERE id % 151 = 0;
UPDATE subscription SET ended_on = date('now', '+60 days') WHERE id % 75 = 2;

INSERT INTO business_record (subscription_id, kind, content)
SELECT (n - 1) % 1500 + 1, CASE a % 3 WHEN 0 THEN 'debtor' WHEN 1 THEN 'creditor' ELSE 'employee' END, name
FROM dice JOIN person USING (n) WHERE n <= 30000;

-- Exact cookie policy ------------------------------------------------------------------------------------------------

INSERT INTO consent (id, visitor_key, category, given_at)
SELECT n, key, CASE a % 2 WHEN 0 THEN 'analytical' ELSE 'marketing' END, datetime('now', '-' || (b % 700) || ' days')
FROM dice JOIN person USING (n) WHERE n <= 8000;
UPDATE consent SET withdrawn_at = datetime(given_at, '+' || (SELECT c % 300 FROM dice WHERE n = consent.id) || ' hours')
WHERE id % 6 = 0;
UPDATE consent SET withdrawn_at = NULL WHERE withdrawn_at > datetime('now');

-- Three for each consent, and functional ones that need none. Some have no date of expiry, and some no class.
INSERT INTO identifier (id, consent_id, name, class, value, expires_at)
SELECT dice.n, consent.id, CASE category WHEN 'marketing' THEN 'IDE' ELSE '_gaexp' END, category, key,
       datetime(given_at, '+' || (30 + d % 700) || ' days')
FROM dice JOIN consent ON consent.id = (dice.n - 1) % 8000 + 1 JOIN person ON person.n = dice.n WHERE dice.n <= 24000
UNION ALL
SELECT n, NULL, 'ASP.NET_SessionId', 'functional', key, datetime('now', '+' || (b % 60 - 40) || ' days')
FROM dice JOIN person USING (n) WHERE n BETWEEN 24001 AND 32000;
UPDATE identifier SET expires_at = NULL WHERE id % 61 = 0;
UPDATE identifier SET class = NULL, name = 'optimizelyBuckets' WHERE id % 90 = 0;

-- Dexes --------------------------------------------------------------------------------------------------------------

INSERT INTO account (id, name, email)
SELECT n, name, email FROM person WHERE n <= 3000;
UPDATE account SET closed_at = datetime('now', '-' || (SELECT a % 900 FROM dice WHERE n = account.id) || ' hours')
WHERE id % 8 = 0;

INSERT INTO device_measurement (account_id, ip_address, browser)
SELECT (n - 1) % 3000 + 1, ip, 'Browser/' || (b % 9) FROM dice JOIN person USING (n) WHERE n <= 15000;
INSERT INTO notification (account_id, sender_email, message, received_at, handled_at)
SELECT CASE a % 4 WHEN 0 THEN NULL ELSE b % 3000 + 1 END, email, 'The button is in the wrong place (' || n || ').',
       datetime('now', '-' || (24 + c % 8000) || ' hours'), CASE WHEN d % 9 > 0 THEN datetime('now', '-' || (c % 24) || ' hours') END
FROM dice JOIN person USING (n) WHERE n <= 6000;
INSERT INTO issue (reported_by, title)
SELECT c % 3000 + 1, 'Move button ' || n FROM dice WHERE n <= 1000;
INSERT INTO newsletter_subscriber (email, subscribed_at, unsubscribed_at)
SELECT email, datetime('now', '-' || (1000 + a % 1000) || ' days'),
       CASE WHEN b % 5 = 0 THEN datetime('now', '-' || (c % 1000) || ' days') END
FROM dice JOIN person USING (n) WHERE n <= 4000;

-- Unexus -------------------------------------------------------------------------------------------------------------

-- Eight years; a run may touch what is older than 50 months.
INSERT INTO website_activity (visitor_key, ip_address, browser, path, happened_at, study_ends_on)
SELECT key, ip, 'Browser/' || (b % 9), '/page/' || (c % 40), datetime('now', '-' || (a % 70000) || ' hours'),
       CASE WHEN n % 200 = 0 THEN date('now', (d % 1000 - 500) || ' days') END
FROM dice JOIN person USING (n);

INSERT INTO contact_request (id, name, phone, email, question, received_at)
SELECT n, name, CASE a % 2 WHEN 0 THEN '000-' || n END, email, 'How much is it?', datetime('now', '-' || (1 + b % 4000) || ' hours')
FROM dice JOIN person USING (n) WHERE n <= 6000;
UPDATE contact_request SET called_back_at = datetime(received_at, '+30 minutes') WHERE phone IS NOT NULL AND id % 3 = 0;
UPDATE contact_request SET answered_at = datetime(received_at, '+45 minutes') WHERE id % 4 > 0;
UPDATE contact_request SET newsletter_consent_at = received_at WHERE id % 5 < 2;
UPDATE contact_request SET newsletter_withdrawn_at = datetime(received_at, '+50 minutes') WHERE id % 15 = 1;
UPDATE contact_request SET investigation_reference = 'J-' || id WHERE id % 401 = 0;
INSERT INTO consent_evidence (contact_request_id, form_version, happened_at)
SELECT id, '2023-04', newsletter_consent_at FROM contact_request WHERE newsletter_consent_at IS NOT NULL;

INSERT INTO cookie (id, name, value, placed_at, session_ended_at)
SELECT n,
       CASE a % 6 WHEN 0 THEN '_ga' WHEN 1 THEN '_clsk' WHEN 2 THEN 'MR' WHEN 3 THEN '_clck' WHEN 4 THEN 'MUID' ELSE 'SM' END,
       key, datetime('now', '-' || (b % 12000) || ' hours'), NULL
FROM dice JOIN person USING (n) WHERE n <= 20000;
UPDATE cookie SET session_ended_at = datetime(placed_at, '+20 minutes') WHERE name IN ('_ga', 'SM') AND id % 7 > 0;
UPDATE cookie SET name = 'unknown-to-the-policy' WHERE id % 333 = 0;

COMMIT;

DROP TABLE temp.person;
DROP TABLE temp.last_name;
DROP TABLE temp.first_name;
DROP TABLE temp.dice;
ANALYZE;
