-- retentiond's own records inside the database that it enforces a schedule on.
-- Applied by `retentiond migrate`, or by a DBA. The role that enforces needs USAGE on the schema, SELECT, INSERT and
-- UPDATE on head, and SELECT and INSERT on ledger; never more.
CREATE SCHEMA IF NOT EXISTS retentiond;

-- One row: who writes here, and how far. Locked and advanced by every batch.
CREATE TABLE IF NOT EXISTS retentiond.head (
    target_id text PRIMARY KEY,
    log_id    text   NOT NULL,
    epoch     bigint NOT NULL,
    seq       bigint NOT NULL,
    chain     text   NOT NULL,
    last_time text   NOT NULL
);

-- One row for each committed batch, written in the transaction that removed the rows. No personal data: counts,
-- digests, names from the schedule.
CREATE TABLE IF NOT EXISTS retentiond.ledger (
    batch_id    text   PRIMARY KEY,
    seq         bigint NOT NULL UNIQUE,
    epoch       bigint NOT NULL,
    run_id      text   NOT NULL,
    rule        text   NOT NULL,
    step        text   NOT NULL,
    schedule    text   NOT NULL,
    schema_seen text   NOT NULL,
    effects     text   NOT NULL,
    chain       text   NOT NULL,
    applied_at  text   NOT NULL
);
