-- retentiond's state store: what it did and what it was allowed to do. Append-only by construction: no statement of
-- the program updates or deletes a record.
CREATE TABLE IF NOT EXISTS record (
    seq  INTEGER PRIMARY KEY,
    at   TEXT NOT NULL,
    kind TEXT NOT NULL,
    run  TEXT,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS record_kind ON record (kind, seq);
CREATE INDEX IF NOT EXISTS record_run ON record (run, seq);
CREATE TABLE IF NOT EXISTS identity (
    log_id TEXT NOT NULL
);
