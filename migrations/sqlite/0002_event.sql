-- Events that were reported from outside, for rules whose period begins with one. The key is that of a row of the
-- rule's table; it goes with the row.
CREATE TABLE IF NOT EXISTS retentiond_event (
    rule        TEXT NOT NULL,
    event       TEXT NOT NULL,
    row_key     TEXT NOT NULL,
    happened_at INTEGER,
    reported_at INTEGER NOT NULL,
    PRIMARY KEY (rule, event, row_key)
);
