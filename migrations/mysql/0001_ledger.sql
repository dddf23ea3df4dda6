-- retentiond's own records inside the database that it enforces a schedule on.
-- Applied by `retentiond migrate`, or by a DBA. The role that enforces needs SELECT, INSERT and UPDATE on
-- retentiond_head, and SELECT and INSERT on retentiond_ledger; never more.

-- One row: who writes here, and how far. Locked and advanced by every batch.
CREATE TABLE IF NOT EXISTS retentiond_head (
    target_id varchar(36) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    log_id    varchar(36) CHARACTER SET ascii NOT NULL,
    epoch     bigint NOT NULL,
    seq       bigint NOT NULL,
    chain     varchar(64) CHARACTER SET ascii NOT NULL,
    last_time varchar(40) CHARACTER SET ascii NOT NULL
) ENGINE = InnoDB;

-- One row for each committed batch, written in the transaction that removed the rows. No personal data: counts,
-- digests, names from the schedule.
CREATE TABLE IF NOT EXISTS retentiond_ledger (
    batch_id    varchar(80) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    seq         bigint NOT NULL UNIQUE,
    epoch       bigint NOT NULL,
    run_id      varchar(36) CHARACTER SET ascii NOT NULL,
    rule        varchar(200) CHARACTER SET utf8mb4 NOT NULL,
    step        varchar(40) CHARACTER SET ascii NOT NULL,
    schedule    varchar(64) CHARACTER SET ascii NOT NULL,
    schema_seen varchar(64) CHARACTER SET ascii NOT NULL,
    effects     longtext CHARACTER SET utf8mb4 NOT NULL,
    chain       varchar(64) CHARACTER SET ascii NOT NULL,
    applied_at  varchar(40) CHARACTER SET ascii NOT NULL
) ENGINE = InnoDB;
