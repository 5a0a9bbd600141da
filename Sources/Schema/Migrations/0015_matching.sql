-- Matching: which persons may be one, who decided what, and the keys by which candidates are found.

CREATE SCHEMA matching;
COMMENT ON SCHEMA matching IS 'Suspected duplicates: model, keys, pairs, decisions.';

CREATE TABLE matching.model (
    version integer NOT NULL,
    name text NOT NULL,
    document jsonb NOT NULL,
    frequencies jsonb NOT NULL,
    people bigint NOT NULL,
    drift jsonb,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid NOT NULL,
    CONSTRAINT model_pk PRIMARY KEY (version),
    CONSTRAINT model_version_positive CHECK (version > 0)
);
COMMENT ON TABLE matching.model IS 'Match models as trained on the registry; the newest is in force, none is ever changed.';
COMMENT ON COLUMN matching.model.version IS 'Counts up; pairs name the version that scored them.';
COMMENT ON COLUMN matching.model.name IS 'Name within the profile.';
COMMENT ON COLUMN matching.model.document IS 'Probabilities of agreement levels by class, as profiles keep them.';
COMMENT ON COLUMN matching.model.frequencies IS 'How often words, sounds and years occur among the people it was trained on; no person.';
COMMENT ON COLUMN matching.model.people IS 'How many people the registry held then.';
COMMENT ON COLUMN matching.model.drift IS 'How far it moved from the version before; an alarm when the share of matches jumped.';
COMMENT ON COLUMN matching.model.made_at IS 'When it was trained or installed.';
COMMENT ON COLUMN matching.model.actor_id IS 'Who asked for it.';

CREATE TABLE matching.wide_key (
    h bigint NOT NULL,
    CONSTRAINT wide_key_pk PRIMARY KEY (h)
);
COMMENT ON TABLE matching.wide_key IS 'Keys that too many people share; narrower ones stand in for them.';
COMMENT ON COLUMN matching.wide_key.h IS 'Hash of the key.';

CREATE TABLE matching.match_key (
    h bigint NOT NULL,
    person_id uuid NOT NULL,
    CONSTRAINT match_key_pk PRIMARY KEY (h, person_id)
);
COMMENT ON TABLE matching.match_key IS 'Keys of people: who shares one is a candidate.';
COMMENT ON COLUMN matching.match_key.h IS 'Hash of name sounds, places, dates or numbers; numbers are hashed under the master key.';
COMMENT ON COLUMN matching.match_key.person_id IS 'The person.';

CREATE TABLE matching.keyed_person (
    person_id uuid NOT NULL,
    version integer NOT NULL,
    keys bigint[] NOT NULL,
    CONSTRAINT keyed_person_pk PRIMARY KEY (person_id)
);
COMMENT ON TABLE matching.keyed_person IS 'Whose keys stand in match_key; who is missing here has not been matched yet.';
COMMENT ON COLUMN matching.keyed_person.person_id IS 'The person.';
COMMENT ON COLUMN matching.keyed_person.version IS 'Version of the person that was matched.';
COMMENT ON COLUMN matching.keyed_person.keys IS 'The keys, to take them back.';

CREATE TABLE matching.pair (
    id uuid NOT NULL,
    low_id uuid NOT NULL,
    high_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'open',
    bits numeric(8, 2) NOT NULL,
    band text NOT NULL,
    evidence jsonb NOT NULL,
    model_version integer NOT NULL,
    origin text NOT NULL,
    area_order integer NOT NULL DEFAULT 0,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pair_pk PRIMARY KEY (id),
    CONSTRAINT pair_once UNIQUE (low_id, high_id),
    CONSTRAINT pair_of_two CHECK (low_id < high_id),
    CONSTRAINT pair_state_known CHECK (state IN ('open', 'same', 'different', 'unsure')),
    CONSTRAINT pair_band_known CHECK (band IN ('review', 'strong')),
    CONSTRAINT pair_origin_known CHECK (origin IN ('batch', 'change', 'intake')),
    CONSTRAINT pair_model_known FOREIGN KEY (model_version) REFERENCES matching.model (version)
);
CREATE INDEX pair_queue ON matching.pair (bits DESC, id) WHERE state IN ('open', 'unsure');
CREATE INDEX pair_high ON matching.pair (high_id);
COMMENT ON TABLE matching.pair IS 'Two people who may be one, with the evidence; a decided pair is never proposed anew.';
COMMENT ON COLUMN matching.pair.id IS 'Id of the pair in the review queue.';
COMMENT ON COLUMN matching.pair.low_id IS 'The one with the smaller id.';
COMMENT ON COLUMN matching.pair.high_id IS 'The other.';
COMMENT ON COLUMN matching.pair.state IS 'open, or what a reviewer decided.';
COMMENT ON COLUMN matching.pair.bits IS 'log2 of the odds that the two are one.';
COMMENT ON COLUMN matching.pair.band IS 'review or strong, by the policy of the profile.';
COMMENT ON COLUMN matching.pair.evidence IS 'Steps of the total: field, level, bits; no value of anybody.';
COMMENT ON COLUMN matching.pair.model_version IS 'The model that scored.';
COMMENT ON COLUMN matching.pair.origin IS 'Whether a run over all, a change, or a registration found it.';
COMMENT ON COLUMN matching.pair.area_order IS 'Number of the area of the first, for queues by area; 0 without one.';
COMMENT ON COLUMN matching.pair.found_at IS 'When it was found first.';
COMMENT ON COLUMN matching.pair.updated_at IS 'When it was scored or decided last.';

CREATE TABLE matching.decision (
    id uuid NOT NULL,
    pair_id uuid NOT NULL,
    low_id uuid NOT NULL,
    high_id uuid NOT NULL,
    verdict text NOT NULL,
    bits numeric(8, 2),
    reason text,
    proposal_id uuid,
    actor_id uuid NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT decision_pk PRIMARY KEY (id),
    CONSTRAINT decision_verdict_known CHECK (verdict IN ('same', 'different', 'unsure', 'reopened')),
    CONSTRAINT decision_proposal_known FOREIGN KEY (proposal_id) REFERENCES registry.proposal (id)
);
CREATE INDEX decision_pair ON matching.decision (pair_id, decided_at);
CREATE INDEX decision_low ON matching.decision (low_id);
CREATE INDEX decision_high ON matching.decision (high_id);
COMMENT ON TABLE matching.decision IS 'What reviewers decided about pairs, all of it, the newest in force.';
COMMENT ON COLUMN matching.decision.id IS 'Id of the decision.';
COMMENT ON COLUMN matching.decision.pair_id IS 'The pair.';
COMMENT ON COLUMN matching.decision.low_id IS 'The person with the smaller id.';
COMMENT ON COLUMN matching.decision.high_id IS 'The other person.';
COMMENT ON COLUMN matching.decision.verdict IS 'same, different, unsure; or reopened, which takes the last one back.';
COMMENT ON COLUMN matching.decision.bits IS 'What the pair had when it was decided.';
COMMENT ON COLUMN matching.decision.reason IS 'In the reviewer''s words.';
COMMENT ON COLUMN matching.decision.proposal_id IS 'The merge that was proposed, for same.';
COMMENT ON COLUMN matching.decision.actor_id IS 'Who decided.';
COMMENT ON COLUMN matching.decision.decided_at IS 'When.';
