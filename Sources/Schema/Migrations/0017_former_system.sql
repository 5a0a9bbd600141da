-- A former system comes in: what programmes reported is told apart by their own keys, statements are staged that speak of
-- whom earlier files brought, and areas take codes from files.

-- ---------------------------------------------------------------- participation by the programme's own key

ALTER TABLE registry.participation ADD COLUMN item_key text NOT NULL DEFAULT gen_random_uuid()::text;
COMMENT ON COLUMN registry.participation.item_key IS 'The programme''s own key of the enrolment or benefit: a later report of the same key replaces an earlier one.';

-- The newest report of each key, as the view has it.
DELETE FROM registry.participation;
ALTER TABLE registry.participation DROP CONSTRAINT participation_pk;
ALTER TABLE registry.participation ALTER COLUMN ordinal SET DEFAULT 0;
INSERT INTO registry.participation (
    subject_kind, subject_id, programme, kind, item_key, status, from_on, to_on, amount_minor, currency, detail)
SELECT DISTINCT ON (l.subject_id, item ->> 'programme', item ->> 'kind', item ->> 'key')
    l.subject_kind, l.subject_id, item ->> 'programme', item ->> 'kind', item ->> 'key', item ->> 'status',
    (item ->> 'from')::date, (item ->> 'to')::date, (item ->> 'amount_minor')::bigint,
    CASE WHEN item ? 'amount_minor' THEN item ->> 'currency' END, COALESCE(item -> 'detail', '{}')
FROM registry.link AS l
JOIN registry.source_record AS r ON r.id = l.record_id
CROSS JOIN LATERAL jsonb_array_elements(r.claims -> 'participation') WITH ORDINALITY AS e (item, place)
WHERE l.recorded_to = 'infinity'
    AND jsonb_typeof(r.claims -> 'participation') = 'array'
    AND item ->> 'kind' IN ('enrolment', 'benefit') AND item ? 'programme' AND item ? 'key'
ORDER BY l.subject_id, item ->> 'programme', item ->> 'kind', item ->> 'key', r.observed_on DESC, r.recorded_at DESC,
    r.id DESC, place DESC;
ALTER TABLE registry.participation
    ADD CONSTRAINT participation_pk PRIMARY KEY (subject_id, programme, kind, item_key);
COMMENT ON COLUMN registry.participation.ordinal IS 'Of no use any more; earlier versions kept the place in the subject''s list.';

-- ---------------------------------------------------------------- statements about whom earlier files brought

CREATE UNLOGGED TABLE intake.staged_statement (
    batch_id uuid NOT NULL,
    chunk integer NOT NULL,
    unit integer NOT NULL,
    subject_kind text NOT NULL,
    source_key text NOT NULL,
    about_kind text,
    about_key text,
    record_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    observed_on date NOT NULL,
    claims jsonb NOT NULL,
    programme text,
    kind text,
    item_key text,
    status text,
    from_on date,
    to_on date,
    amount_minor bigint,
    currency text,
    detail jsonb
);
CREATE INDEX staged_statement_chunk ON intake.staged_statement (batch_id, chunk);
COMMENT ON TABLE intake.staged_statement IS 'Statements of a chunk about people and households that earlier files brought: people of a household, and what programmes reported.';
COMMENT ON COLUMN intake.staged_statement.batch_id IS 'The batch.';
COMMENT ON COLUMN intake.staged_statement.chunk IS 'The chunk.';
COMMENT ON COLUMN intake.staged_statement.unit IS 'Number of the row within the file.';
COMMENT ON COLUMN intake.staged_statement.subject_kind IS 'person or household: what the statement is about.';
COMMENT ON COLUMN intake.staged_statement.source_key IS 'The source''s key of the statement.';
COMMENT ON COLUMN intake.staged_statement.about_kind IS 'person or household: whose key the next column is; null where nobody is named.';
COMMENT ON COLUMN intake.staged_statement.about_key IS 'The source''s key of a person''s household, or of whom the programme reported.';
COMMENT ON COLUMN intake.staged_statement.record_id IS 'Identity of the statement.';
COMMENT ON COLUMN intake.staged_statement.content_hash IS 'Keyed digest of the statement.';
COMMENT ON COLUMN intake.staged_statement.observed_on IS 'The day from which the statement holds.';
COMMENT ON COLUMN intake.staged_statement.claims IS 'The statement; empty for people, whose statements wait in memory.';
COMMENT ON COLUMN intake.staged_statement.programme IS 'Code of the programme.';
COMMENT ON COLUMN intake.staged_statement.kind IS 'enrolment or benefit.';
COMMENT ON COLUMN intake.staged_statement.item_key IS 'The programme''s own key of the enrolment or benefit.';
COMMENT ON COLUMN intake.staged_statement.status IS 'Status as reported.';
COMMENT ON COLUMN intake.staged_statement.from_on IS 'First day of the enrolment, or day of the benefit.';
COMMENT ON COLUMN intake.staged_statement.to_on IS 'Last day of the enrolment.';
COMMENT ON COLUMN intake.staged_statement.amount_minor IS 'Amount of the benefit in minor units of the currency.';
COMMENT ON COLUMN intake.staged_statement.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN intake.staged_statement.detail IS 'What else the programme reported.';

ALTER TABLE intake.import_batch ADD COLUMN reports_registered bigint NOT NULL DEFAULT 0;
ALTER TABLE intake.import_batch ADD COLUMN reports_updated bigint NOT NULL DEFAULT 0;
ALTER TABLE intake.import_batch ADD COLUMN reports_unchanged bigint NOT NULL DEFAULT 0;
ALTER TABLE intake.import_batch ADD COLUMN codes_registered bigint NOT NULL DEFAULT 0;
ALTER TABLE intake.import_batch ADD COLUMN codes_unchanged bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN intake.import_batch.reports_registered IS 'Enrolments and benefits that were new.';
COMMENT ON COLUMN intake.import_batch.reports_updated IS 'Enrolments and benefits known that were reported otherwise.';
COMMENT ON COLUMN intake.import_batch.reports_unchanged IS 'Enrolments and benefits known with the same content.';
COMMENT ON COLUMN intake.import_batch.codes_registered IS 'Codes of areas that were new.';
COMMENT ON COLUMN intake.import_batch.codes_unchanged IS 'Codes of areas that were known.';

-- ---------------------------------------------------------------- codes of areas from files

ALTER TABLE registry.area_code ADD COLUMN command_id uuid;
CREATE INDEX area_code_command ON registry.area_code (command_id) WHERE command_id IS NOT NULL;
COMMENT ON COLUMN registry.area_code.command_id IS 'The command of the import that brought it; null for codes of the profile.';

-- ---------------------------------------------------------------- scores counted once, and corrections undone in the background

CREATE SCHEMA quality;
COMMENT ON SCHEMA quality IS 'How good the record is, as counted in the background.';

CREATE TABLE quality.score (
    division text NOT NULL,
    area text NOT NULL DEFAULT '',
    asked_by uuid NOT NULL,
    asked_at timestamptz,
    counted_on date,
    counted_at timestamptz,
    lease_owner uuid,
    lease_until timestamptz,
    fault_code text,
    result jsonb,
    CONSTRAINT score_pk PRIMARY KEY (division, area),
    CONSTRAINT score_counted_whole CHECK (
        (counted_at IS NULL) = (result IS NULL) AND (counted_at IS NULL) = (counted_on IS NULL)),
    CONSTRAINT score_lease_whole CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);
CREATE INDEX score_asked ON quality.score (asked_at) WHERE asked_at IS NOT NULL;
COMMENT ON TABLE quality.score IS 'Scores of the record as last counted, one row for each way in which somebody asked; counted anew when asked for.';
COMMENT ON COLUMN quality.score.division IS 'What the lines are: areas of a level (level:1), or sources.';
COMMENT ON COLUMN quality.score.area IS 'Reference of the area within which was counted; empty for the whole registry.';
COMMENT ON COLUMN quality.score.asked_by IS 'Who asked last.';
COMMENT ON COLUMN quality.score.asked_at IS 'Since when a new count is asked for; null when none is.';
COMMENT ON COLUMN quality.score.counted_on IS 'The day for which the rules were asked.';
COMMENT ON COLUMN quality.score.counted_at IS 'When the count ended.';
COMMENT ON COLUMN quality.score.lease_owner IS 'The run of a server that counts.';
COMMENT ON COLUMN quality.score.lease_until IS 'Until when the count is that run''s; renewed while it counts.';
COMMENT ON COLUMN quality.score.fault_code IS 'Why the last count failed; null when it did not.';
COMMENT ON COLUMN quality.score.result IS 'Numbers by rule, of all and by line; no personal data.';

ALTER TABLE registry.proposal ADD COLUMN undo_asked_by uuid;
ALTER TABLE registry.proposal ADD COLUMN undo_asked_at timestamptz;
ALTER TABLE registry.proposal ADD COLUMN undo_done_at timestamptz;
ALTER TABLE registry.proposal ADD CONSTRAINT proposal_undo_whole CHECK (
    (undo_asked_by IS NULL) = (undo_asked_at IS NULL) AND (undo_done_at IS NULL OR undo_asked_at IS NOT NULL));
CREATE INDEX proposal_in_undo ON registry.proposal (undo_asked_at, id)
    WHERE undo_asked_at IS NOT NULL AND undo_done_at IS NULL;
COMMENT ON COLUMN registry.proposal.undo_asked_by IS 'Who asked last that it be undone.';
COMMENT ON COLUMN registry.proposal.undo_asked_at IS 'When that was asked.';
COMMENT ON COLUMN registry.proposal.undo_done_at IS 'When the undoing ended; null while it waits or runs.';
ALTER TABLE registry.proposal_item ADD COLUMN is_kept boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN registry.proposal_item.is_kept IS 'True where undoing passed it over, because a record of its command was changed later.';
