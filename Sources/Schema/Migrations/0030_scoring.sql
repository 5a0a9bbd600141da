-- Scoring: formulas with their life cycle, runs that score the registry, immutable results, and the score in force.

CREATE SCHEMA targeting;
COMMENT ON SCHEMA targeting IS 'Who is in need: formulas, scores, and what is chosen by them.';

CREATE TABLE targeting.formula (
    id integer GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    version integer NOT NULL,
    sha256 bytea NOT NULL,
    document jsonb NOT NULL,
    binding jsonb,
    strata text[] NOT NULL,
    valid_from date,
    valid_to date,
    state text NOT NULL DEFAULT 'draft',
    author_id uuid NOT NULL,
    drafted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    submitted_at timestamptz,
    activated_at timestamptz,
    activated_by uuid,
    ended_at timestamptz,
    ended_by uuid,
    reason text,
    checked jsonb,
    dry_run jsonb,
    CONSTRAINT formula_pk PRIMARY KEY (id),
    CONSTRAINT formula_version_once UNIQUE (code, version),
    CONSTRAINT formula_version_positive CHECK (version > 0),
    CONSTRAINT formula_hash_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT formula_state_known CHECK (state IN ('draft', 'submitted', 'active', 'retired', 'rejected')),
    CONSTRAINT formula_submitted_whole CHECK (state = 'draft' OR (submitted_at IS NOT NULL AND binding IS NOT NULL)),
    CONSTRAINT formula_activated_whole CHECK ((activated_at IS NULL) = (activated_by IS NULL)),
    CONSTRAINT formula_active_whole CHECK (state NOT IN ('active', 'retired') OR activated_at IS NOT NULL),
    CONSTRAINT formula_ended_whole CHECK ((state IN ('retired', 'rejected')) = (ended_at IS NOT NULL)),
    CONSTRAINT formula_validity_ordered CHECK (valid_to >= valid_from)
);
CREATE INDEX formula_active ON targeting.formula (code) WHERE state = 'active';
COMMENT ON TABLE targeting.formula IS 'Scoring formulas as data: draft, submitted, active, retired or rejected; a version is never changed once submitted.';
COMMENT ON COLUMN targeting.formula.id IS 'Small number used inside; scores name it, and so the version and the digest.';
COMMENT ON COLUMN targeting.formula.code IS 'Code of the formula, e.g. merankabandi.';
COMMENT ON COLUMN targeting.formula.version IS 'Its version, counting up.';
COMMENT ON COLUMN targeting.formula.sha256 IS 'SHA-256 of the canonical JSON of the document without its $schema.';
COMMENT ON COLUMN targeting.formula.document IS 'The formula, as standards/pmt/formula.schema.json says.';
COMMENT ON COLUMN targeting.formula.binding IS 'Which attributes of the registry answer its inputs; fixed when it is submitted.';
COMMENT ON COLUMN targeting.formula.strata IS 'Codes of its strata; empty when it scores everybody alike.';
COMMENT ON COLUMN targeting.formula.valid_from IS 'First day on which it may score; null without limit.';
COMMENT ON COLUMN targeting.formula.valid_to IS 'Last day; null without limit.';
COMMENT ON COLUMN targeting.formula.state IS 'draft, submitted, active, retired; or rejected, which is final.';
COMMENT ON COLUMN targeting.formula.author_id IS 'Who brought it; the author never signs.';
COMMENT ON COLUMN targeting.formula.drafted_at IS 'When it was brought, or its draft last replaced.';
COMMENT ON COLUMN targeting.formula.submitted_at IS 'When it was submitted for signatures.';
COMMENT ON COLUMN targeting.formula.activated_at IS 'When it came into force.';
COMMENT ON COLUMN targeting.formula.activated_by IS 'Who put it into force.';
COMMENT ON COLUMN targeting.formula.ended_at IS 'When it was retired or rejected.';
COMMENT ON COLUMN targeting.formula.ended_by IS 'Who did.';
COMMENT ON COLUMN targeting.formula.reason IS 'Why it was retired or rejected.';
COMMENT ON COLUMN targeting.formula.checked IS 'Warnings of the check against attributes, questionnaire, code lists and divisions, with their versions.';
COMMENT ON COLUMN targeting.formula.dry_run IS 'What scoring the registry with it would give: distribution, shares of terms, sizes of classes, who moves.';

CREATE TABLE targeting.signature (
    formula_id integer NOT NULL,
    actor_id uuid NOT NULL,
    author_id uuid NOT NULL,
    decision text NOT NULL,
    reason text,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT signature_pk PRIMARY KEY (formula_id, actor_id),
    CONSTRAINT signature_formula_known FOREIGN KEY (formula_id) REFERENCES targeting.formula (id),
    CONSTRAINT signature_decision_known CHECK (decision IN ('sign', 'reject')),
    CONSTRAINT signature_by_another CHECK (actor_id <> author_id),
    CONSTRAINT signature_reject_reasoned CHECK (decision = 'sign' OR reason IS NOT NULL)
);
COMMENT ON TABLE targeting.signature IS 'Who signed or rejected a submitted formula; nobody signs his own.';
COMMENT ON COLUMN targeting.signature.formula_id IS 'The formula.';
COMMENT ON COLUMN targeting.signature.actor_id IS 'Who signed.';
COMMENT ON COLUMN targeting.signature.author_id IS 'Who brought it, kept here so that the table itself refuses the same actor.';
COMMENT ON COLUMN targeting.signature.decision IS 'sign or reject.';
COMMENT ON COLUMN targeting.signature.reason IS 'Reason given.';
COMMENT ON COLUMN targeting.signature.signed_at IS 'When.';

CREATE TABLE targeting.run (
    id bigint GENERATED ALWAYS AS IDENTITY,
    formula_id integer NOT NULL,
    kind text NOT NULL,
    area_id integer,
    households uuid[],
    state text NOT NULL DEFAULT 'scoring',
    as_of date NOT NULL,
    geography text,
    after_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    scored bigint NOT NULL DEFAULT 0,
    unscorable bigint NOT NULL DEFAULT 0,
    moved bigint NOT NULL DEFAULT 0,
    tally jsonb NOT NULL DEFAULT '{}',
    actor_id uuid NOT NULL,
    command_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CONSTRAINT run_pk PRIMARY KEY (id),
    CONSTRAINT run_formula_known FOREIGN KEY (formula_id) REFERENCES targeting.formula (id),
    CONSTRAINT run_kind_known CHECK (kind IN ('registry', 'area', 'households', 'change')),
    CONSTRAINT run_area_whole CHECK ((kind = 'area') = (area_id IS NOT NULL)),
    CONSTRAINT run_households_whole CHECK ((kind = 'households') = (households IS NOT NULL)),
    CONSTRAINT run_state_known CHECK (state IN ('scoring', 'publishing', 'done', 'given_up')),
    CONSTRAINT run_finished_whole CHECK ((state IN ('done', 'given_up')) = (finished_at IS NOT NULL))
);
CREATE INDEX run_formula ON targeting.run (formula_id, id);
CREATE INDEX run_open ON targeting.run (id) WHERE state IN ('scoring', 'publishing');
COMMENT ON TABLE targeting.run IS 'One pass of scoring over the registry, an area, some households, or what changed; a killed one goes on where it was.';
COMMENT ON COLUMN targeting.run.id IS 'Counts up: the greater of two runs is the later one.';
COMMENT ON COLUMN targeting.run.formula_id IS 'The formula.';
COMMENT ON COLUMN targeting.run.kind IS 'registry, area, households, or change for what the event log brought.';
COMMENT ON COLUMN targeting.run.area_id IS 'The area, with all below it.';
COMMENT ON COLUMN targeting.run.households IS 'The households asked for, in ascending order.';
COMMENT ON COLUMN targeting.run.state IS 'scoring; publishing, while the scores come into force; done; or given_up, whose scores never come into force.';
COMMENT ON COLUMN targeting.run.as_of IS 'The day on which ages are told.';
COMMENT ON COLUMN targeting.run.geography IS 'The division in which areas were read; null when the formula asks for none.';
COMMENT ON COLUMN targeting.run.after_id IS 'The last household done in this state.';
COMMENT ON COLUMN targeting.run.scored IS 'Households that got a score.';
COMMENT ON COLUMN targeting.run.unscorable IS 'Households without one.';
COMMENT ON COLUMN targeting.run.moved IS 'Households whose score or class in force changed.';
COMMENT ON COLUMN targeting.run.tally IS 'Counts: reasons of the unscorable, rules that stood in for missing answers, terms that gave points.';
COMMENT ON COLUMN targeting.run.actor_id IS 'Who asked for it.';
COMMENT ON COLUMN targeting.run.command_id IS 'The command.';
COMMENT ON COLUMN targeting.run.started_at IS 'When it began.';
COMMENT ON COLUMN targeting.run.finished_at IS 'When it ended.';

-- No foreign keys: a million rows would ask a million times for the one run; run and formula are never deleted.
CREATE TABLE targeting.score (
    household_id uuid NOT NULL,
    formula_id integer NOT NULL,
    run_id bigint NOT NULL,
    household_version integer NOT NULL,
    area_order integer,
    stratum text,
    score numeric,
    sum numeric,
    contributions numeric[],
    answers text[] NOT NULL,
    refusals jsonb,
    CONSTRAINT score_pk PRIMARY KEY (household_id, formula_id, run_id),
    CONSTRAINT score_whole CHECK ((score IS NULL) = (refusals IS NOT NULL))
);
COMMENT ON TABLE targeting.score IS 'Results, one row for each household and run, never changed; the latest of a household is one look into the key.';
COMMENT ON COLUMN targeting.score.household_id IS 'The household.';
COMMENT ON COLUMN targeting.score.formula_id IS 'The formula, and so its version and digest.';
COMMENT ON COLUMN targeting.score.run_id IS 'The run, and so the day, the division and who asked.';
COMMENT ON COLUMN targeting.score.household_version IS 'Version of the household when its answers were read.';
COMMENT ON COLUMN targeting.score.area_order IS 'Preorder number of its area then.';
COMMENT ON COLUMN targeting.score.stratum IS 'Code of the stratum whose terms count; null when unscorable.';
COMMENT ON COLUMN targeting.score.score IS 'The published score, exact; null when the household is unscorable.';
COMMENT ON COLUMN targeting.score.sum IS 'Intercept and contributions before the output rule, exact.';
COMMENT ON COLUMN targeting.score.contributions IS 'Points of each term, exact, in the order of the stratum''s terms.';
COMMENT ON COLUMN targeting.score.answers IS 'What was read, in the order of the formula''s inputs and then of its lists (as JSON); null is no answer.';
COMMENT ON COLUMN targeting.score.refusals IS 'Why there is no score: reason, term and inputs of each refusal.';
CREATE TRIGGER score_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON targeting.score
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

CREATE TABLE targeting.current_score (
    household_id uuid NOT NULL,
    formula_id integer NOT NULL,
    run_id bigint NOT NULL,
    score numeric,
    class text,
    stratum text,
    area_order integer,
    since timestamptz NOT NULL,
    CONSTRAINT current_score_pk PRIMARY KEY (household_id, formula_id)
) WITH (fillfactor = 90);
COMMENT ON TABLE targeting.current_score IS 'The score in force of each household by each formula: a pointer to the result, with what is ranked and searched by.';
COMMENT ON COLUMN targeting.current_score.household_id IS 'The household.';
COMMENT ON COLUMN targeting.current_score.formula_id IS 'The formula; scores by versions out of force stay for comparison.';
COMMENT ON COLUMN targeting.current_score.run_id IS 'The run that gave it.';
COMMENT ON COLUMN targeting.current_score.score IS 'The published score; null when unscorable.';
COMMENT ON COLUMN targeting.current_score.class IS 'Class of need by the thresholds in force; null without classes or score.';
COMMENT ON COLUMN targeting.current_score.stratum IS 'Its stratum; null when unscorable.';
COMMENT ON COLUMN targeting.current_score.area_order IS 'Preorder number of the area when it was scored.';
COMMENT ON COLUMN targeting.current_score.since IS 'Since when score and class are these.';

CREATE TABLE targeting.threshold (
    formula_id integer NOT NULL,
    run_id bigint NOT NULL,
    place smallint NOT NULL,
    class text NOT NULL,
    up_to_percentile numeric NOT NULL,
    score numeric,
    CONSTRAINT threshold_pk PRIMARY KEY (formula_id, run_id, place),
    CONSTRAINT threshold_run_known FOREIGN KEY (run_id) REFERENCES targeting.run (id)
);
COMMENT ON TABLE targeting.threshold IS 'Where the classes of need end, as a run over the whole registry found them; those of the latest run are in force.';
COMMENT ON COLUMN targeting.threshold.formula_id IS 'The formula.';
COMMENT ON COLUMN targeting.threshold.run_id IS 'The run over the registry.';
COMMENT ON COLUMN targeting.threshold.place IS 'Order of the classes, the poorest first, from 1.';
COMMENT ON COLUMN targeting.threshold.class IS 'Code of the class.';
COMMENT ON COLUMN targeting.threshold.up_to_percentile IS 'The percentile that the class reaches, itself included.';
COMMENT ON COLUMN targeting.threshold.score IS 'The last score that belongs to the class; null for the last class, which has no end.';

CREATE VIEW targeting.score_in_force AS
SELECT c.household_id, f.code AS formula, f.version, c.formula_id, c.run_id, c.score, c.class, c.stratum, c.area_order,
    c.since
FROM targeting.current_score AS c
JOIN targeting.formula AS f ON f.id = c.formula_id
WHERE f.state = 'active';
COMMENT ON VIEW targeting.score_in_force IS 'Scores in force by formulas in force.';
COMMENT ON COLUMN targeting.score_in_force.household_id IS 'The household.';
COMMENT ON COLUMN targeting.score_in_force.formula IS 'Code of the formula.';
COMMENT ON COLUMN targeting.score_in_force.version IS 'Its version.';
COMMENT ON COLUMN targeting.score_in_force.formula_id IS 'Its number inside.';
COMMENT ON COLUMN targeting.score_in_force.run_id IS 'The run that gave the score.';
COMMENT ON COLUMN targeting.score_in_force.score IS 'The published score; null when unscorable.';
COMMENT ON COLUMN targeting.score_in_force.class IS 'Class of need.';
COMMENT ON COLUMN targeting.score_in_force.stratum IS 'Stratum.';
COMMENT ON COLUMN targeting.score_in_force.area_order IS 'Preorder number of the area when it was scored.';
COMMENT ON COLUMN targeting.score_in_force.since IS 'Since when score and class are these.';
