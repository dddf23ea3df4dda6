-- retentiond's own records inside the database that it enforces a schedule on.
-- Applied by `retentiond migrate`, or by hand.

-- One row: who writes here, and how far. Advanced by every batch.
CREATE TABLE IF NOT EXISTS retentiond_head (
    target_id TEXT PRIMARY KEY NOT NULL,
    log_id    TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    chain     TEXT NOT NULL,
    last_time TEXT NOT NULL
);

-- One row for each committed batch, written in the transaction that removed the rows. No personal data: counts,
-- digests, names from the schedule.
CREATE TABLE IF NOT EXISTS retentiond_ledger (
    batch_id    TEXT PRIMARY KEY NOT NULL,
    seq         INTEGER NOT NULL UNIQUE,
    epoch       INTEGER NOT NULL,
    run_id      TEXT NOT NULL,
    rule        TEXT NOT NULL,
    step        TEXT NOT NULL,
    schedule    TEXT NOT NULL,
    schema_seen TEXT NOT NULL,
    effects     TEXT NOT NULL,
    chain       TEXT NOT NULL,
    applied_at  TEXT NOT NULL
);
