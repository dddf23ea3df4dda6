-- Events that were reported from outside, for rules whose period begins with one. The key is that of a row of the
-- rule's table; it goes with the row. Who reports needs SELECT, INSERT and DELETE, and so does the role that enforces.
CREATE TABLE IF NOT EXISTS retentiond.event (
    rule        text   NOT NULL,
    event       text   NOT NULL,
    row_key     text   COLLATE "C" NOT NULL,
    happened_at bigint,
    reported_at bigint NOT NULL,
    PRIMARY KEY (rule, event, row_key)
);
