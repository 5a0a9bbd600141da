-- Whoever was registered a moment ago is found at the next registration; keys of two models side by side.

CREATE UNLOGGED TABLE matching.fresh_key (
    h bigint NOT NULL,
    person_id uuid NOT NULL,
    CONSTRAINT fresh_key_pk PRIMARY KEY (h, person_id)
);
ALTER TABLE matching.fresh_key SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX fresh_key_person ON matching.fresh_key (person_id);
COMMENT ON TABLE matching.fresh_key IS
    'Keys of people registered since the reader of the log keyed anybody last; what a crash takes, the reader writes into match_key.';
COMMENT ON COLUMN matching.fresh_key.h IS 'The key, as in match_key.';
COMMENT ON COLUMN matching.fresh_key.person_id IS 'The person.';

ALTER TABLE matching.wide_key ADD COLUMN version integer;
COMMENT ON COLUMN matching.wide_key.version IS 'The model under which the key is wide; earlier ones stay until everybody is keyed anew.';
UPDATE matching.wide_key SET version = (SELECT max(version) FROM matching.model);
DELETE FROM matching.wide_key WHERE version IS NULL;
ALTER TABLE matching.wide_key ALTER COLUMN version SET NOT NULL;
ALTER TABLE matching.wide_key DROP CONSTRAINT wide_key_pk;
ALTER TABLE matching.wide_key ADD CONSTRAINT wide_key_pk PRIMARY KEY (version, h);

ALTER TABLE matching.model ADD COLUMN keyed_at timestamptz;
COMMENT ON COLUMN matching.model.keyed_at IS 'When everybody was keyed under it; until then people are looked for under the keys of the model before, too.';
ALTER TABLE matching.model ADD COLUMN finished_at timestamptz;
COMMENT ON COLUMN matching.model.finished_at IS 'When its run over all had written the last pair; a run that was killed is gone on with.';
UPDATE matching.model SET keyed_at = made_at, finished_at = made_at;
