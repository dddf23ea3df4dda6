-- The state store of several hosts: what lies in the state directory, and who serves. Whoever may read it has the keys
-- that sign the log; give nobody but the daemon's role any right to it.

CREATE SCHEMA IF NOT EXISTS retentiond_state;

-- Who serves. Every write asks in its own transaction whether the epoch is still the writer's.
CREATE TABLE IF NOT EXISTS retentiond_state.owner (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  store text NOT NULL,
  log_id text,
  epoch bigint NOT NULL,
  host text NOT NULL,
  since text NOT NULL
);

-- The files of the state directory, each with the least length that it has.
CREATE TABLE IF NOT EXISTS retentiond_state.file (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path text NOT NULL UNIQUE,
  length bigint NOT NULL
);

-- What was written to them, in the order of `id`; between the parts there are zeros.
CREATE TABLE IF NOT EXISTS retentiond_state.part (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file bigint NOT NULL REFERENCES retentiond_state.file ON DELETE CASCADE,
  at bigint NOT NULL,
  sha256 bytea NOT NULL,
  content bytea NOT NULL
);

CREATE INDEX IF NOT EXISTS part_of_file ON retentiond_state.part (file, id);
