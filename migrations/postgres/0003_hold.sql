-- Which holds of the state store stand on this database. A hold is added by `retentiond hold place` before it answers,
-- and every batch looks here under its lock: one that does not know a hold goes no further. No keys, no reasons.
-- The role that enforces, and who places holds, need SELECT, INSERT and DELETE.
CREATE TABLE IF NOT EXISTS retentiond.hold (
    hold_id   text   PRIMARY KEY,
    placed_at bigint NOT NULL
);
