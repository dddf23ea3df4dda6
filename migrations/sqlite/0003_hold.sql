-- Which holds of the state store stand on this database. A hold is added by `retentiond hold place` before it answers,
-- and every batch looks here under its lock: one that does not know a hold goes no further. No keys, no reasons.
CREATE TABLE IF NOT EXISTS retentiond_hold (
    hold_id   TEXT PRIMARY KEY NOT NULL,
    placed_at INTEGER NOT NULL
);
