-- Eligibility rules, stored and versioned: what was published stays as it was, so that a choice can be explained years later.

CREATE TABLE targeting.rule (
    id uuid NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    text text NOT NULL,
    sha256 bytea NOT NULL,
    state text NOT NULL DEFAULT 'draft',
    author_id uuid NOT NULL,
    drafted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_by uuid,
    published_at timestamptz,
    replaced_at timestamptz,
    as_of date,
    households bigint,
    takes bigint,
    gained bigint,
    lost bigint,
    sampled integer,
    CONSTRAINT rule_pk PRIMARY KEY (id),
    CONSTRAINT rule_version_once UNIQUE (code, version),
    CONSTRAINT rule_version_positive CHECK (version > 0),
    CONSTRAINT rule_code_plain CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    CONSTRAINT rule_hash_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT rule_state_known CHECK (state IN ('draft', 'published', 'replaced')),
    CONSTRAINT rule_published_whole CHECK (
        (state = 'draft') = (published_by IS NULL) AND (published_by IS NULL) = (published_at IS NULL)
        AND (published_by IS NULL) = (takes IS NULL) AND (published_by IS NULL) = (sampled IS NULL)),
    CONSTRAINT rule_replaced_whole CHECK ((state = 'replaced') = (replaced_at IS NOT NULL)),
    CONSTRAINT rule_published_by_another CHECK (published_by <> author_id)
);
CREATE UNIQUE INDEX rule_one_published ON targeting.rule (code) WHERE state = 'published';
COMMENT ON TABLE targeting.rule IS 'Eligibility rules by code and version; the text of a version never changes.';
COMMENT ON COLUMN targeting.rule.id IS 'Identity of the version.';
COMMENT ON COLUMN targeting.rule.code IS 'Code of the rule, the same for all its versions.';
COMMENT ON COLUMN targeting.rule.version IS 'Version, counting up from 1.';
COMMENT ON COLUMN targeting.rule.title IS 'Title for people.';
COMMENT ON COLUMN targeting.rule.text IS 'The expression as written.';
COMMENT ON COLUMN targeting.rule.sha256 IS 'SHA-256 of the text.';
COMMENT ON COLUMN targeting.rule.state IS 'draft, published, or replaced by a later published version.';
COMMENT ON COLUMN targeting.rule.author_id IS 'Who wrote it.';
COMMENT ON COLUMN targeting.rule.drafted_at IS 'When.';
COMMENT ON COLUMN targeting.rule.published_by IS 'Who published it; never its author.';
COMMENT ON COLUMN targeting.rule.published_at IS 'When.';
COMMENT ON COLUMN targeting.rule.replaced_at IS 'When a later version took its place.';
COMMENT ON COLUMN targeting.rule.as_of IS 'The day of the preview at publication, on which ages were told.';
COMMENT ON COLUMN targeting.rule.households IS 'Active households at publication.';
COMMENT ON COLUMN targeting.rule.takes IS 'How many of them the rule took.';
COMMENT ON COLUMN targeting.rule.gained IS 'How many of these the version before did not take.';
COMMENT ON COLUMN targeting.rule.lost IS 'How many the version before took and this one did not.';
COMMENT ON COLUMN targeting.rule.sampled IS 'On how many sampled households statement and reference interpreter agreed before publication.';

CREATE FUNCTION targeting.keep_rule_text() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.code, NEW.version, NEW.text, NEW.sha256, NEW.author_id)
        IS DISTINCT FROM (OLD.id, OLD.code, OLD.version, OLD.text, OLD.sha256, OLD.author_id) THEN
        RAISE EXCEPTION 'a version of a rule never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION targeting.keep_rule_text() IS 'Keeps the text of a rule version from being changed, whoever asks.';
CREATE TRIGGER rule_text_kept BEFORE UPDATE ON targeting.rule
    FOR EACH ROW EXECUTE FUNCTION targeting.keep_rule_text();
CREATE TRIGGER rule_kept BEFORE DELETE OR TRUNCATE ON targeting.rule
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();

-- Few people belong to a second household; a pass over all members finds them here, and everybody else by his own row.
CREATE INDEX membership_secondary ON registry.membership (household_id) WHERE valid_to IS NULL AND NOT is_primary;
