-- The results of one run lie side by side: a small index finds them without reading those of other runs.

CREATE INDEX score_run ON targeting.score USING brin (run_id);
COMMENT ON INDEX targeting.score_run IS 'Finds the results of one run.';
