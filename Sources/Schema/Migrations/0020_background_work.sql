-- Work behind the server's back that ends: imports that take their server along are given up, scores are counted by a worker.

ALTER TABLE intake.import_job ADD COLUMN silent_runs integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN intake.import_job.silent_runs IS 'Runs in a row, the present one among them, that got nothing done and did not say how they ended.';

-- A count holds an advisory lock, which goes with its session; nothing has to be renewed.
ALTER TABLE quality.score DROP CONSTRAINT score_lease_whole;
ALTER TABLE quality.score DROP COLUMN lease_owner;
ALTER TABLE quality.score DROP COLUMN lease_until;
ALTER TABLE quality.score ADD COLUMN attempts integer NOT NULL DEFAULT 0;
ALTER TABLE quality.score ADD COLUMN started_at timestamptz;
ALTER TABLE quality.score ADD COLUMN steps integer NOT NULL DEFAULT 0;
ALTER TABLE quality.score ADD COLUMN steps_done integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN quality.score.attempts IS 'How often the count that is asked for was begun.';
COMMENT ON COLUMN quality.score.started_at IS 'When the count that is asked for was begun last; null before.';
COMMENT ON COLUMN quality.score.steps IS 'Parts in which the registry is counted.';
COMMENT ON COLUMN quality.score.steps_done IS 'Parts counted so far.';
