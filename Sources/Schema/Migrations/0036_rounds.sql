-- Targeting rounds: quotas by area, the state of each household in the round, community sessions, appeals.
-- The state belongs to the household in the round, never to the household.

CREATE TABLE targeting.round (
    id uuid NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    programme text NOT NULL,
    state text NOT NULL DEFAULT 'draft',
    formula text NOT NULL,
    poorer text,
    tie_break text[],
    cut_off numeric,
    rule_id uuid,
    parts jsonb NOT NULL DEFAULT '[]',
    has_community boolean NOT NULL,
    appeal_days integer NOT NULL,
    appeals_until date,
    created_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    ranked_by uuid,
    ranked_at timestamptz,
    published_by uuid,
    published_at timestamptz,
    CONSTRAINT round_pk PRIMARY KEY (id),
    CONSTRAINT round_code_unique UNIQUE (code),
    CONSTRAINT round_code_plain CHECK (code ~ '^[a-z0-9][a-z0-9_-]{0,39}$'),
    CONSTRAINT round_state_known CHECK (state IN (
        'draft', 'collecting', 'scoring', 'ranked', 'community_validation', 'published', 'appeals', 'closed')),
    CONSTRAINT round_rule_known FOREIGN KEY (rule_id) REFERENCES targeting.rule (id),
    CONSTRAINT round_poorer_known CHECK (poorer IN ('lower', 'higher')),
    CONSTRAINT round_ranked_whole CHECK ((ranked_by IS NULL) = (ranked_at IS NULL)),
    CONSTRAINT round_published_whole CHECK (
        (published_by IS NULL) = (published_at IS NULL) AND (published_by IS NULL) = (appeals_until IS NULL)),
    CONSTRAINT round_published_by_another CHECK (published_by <> ranked_by),
    CONSTRAINT round_appeal_days_known CHECK (appeal_days BETWEEN 0 AND 365)
);
COMMENT ON TABLE targeting.round IS 'One choice of households for one programme, from the quotas to the candidates for enrolment.';
COMMENT ON COLUMN targeting.round.id IS 'Identity.';
COMMENT ON COLUMN targeting.round.code IS 'Unique short name.';
COMMENT ON COLUMN targeting.round.title IS 'Title for people, printed on the lists.';
COMMENT ON COLUMN targeting.round.programme IS 'Code of the programme.';
COMMENT ON COLUMN targeting.round.state IS 'Where the round stands; the profile says what may follow.';
COMMENT ON COLUMN targeting.round.formula IS 'Code of the formula whose scores rank the households.';
COMMENT ON COLUMN targeting.round.poorer IS 'Whether lower or higher scores are poorer, as the formula said when the round was scored.';
COMMENT ON COLUMN targeting.round.tie_break IS 'What decides between equal scores, as the formula said when the round was scored.';
COMMENT ON COLUMN targeting.round.cut_off IS 'The last score that can be chosen, itself included; null for none.';
COMMENT ON COLUMN targeting.round.rule_id IS 'The published rule that a household must fit; null for none.';
COMMENT ON COLUMN targeting.round.parts IS 'Parts of every quota in order: group, percent, and the rule of who belongs to it.';
COMMENT ON COLUMN targeting.round.has_community IS 'Whether the community validates the lists before they are published.';
COMMENT ON COLUMN targeting.round.appeal_days IS 'Days after publication in which an appeal may be lodged.';
COMMENT ON COLUMN targeting.round.appeals_until IS 'The last of these days.';
COMMENT ON COLUMN targeting.round.created_by IS 'Who began it.';
COMMENT ON COLUMN targeting.round.created_at IS 'When.';
COMMENT ON COLUMN targeting.round.state_since IS 'Since when it stands there.';
COMMENT ON COLUMN targeting.round.ranked_by IS 'Who had it ranked and cut last.';
COMMENT ON COLUMN targeting.round.ranked_at IS 'When.';
COMMENT ON COLUMN targeting.round.published_by IS 'Who published it; never who had it ranked.';
COMMENT ON COLUMN targeting.round.published_at IS 'When.';

CREATE TABLE targeting.quota (
    round_id uuid NOT NULL,
    area_id integer NOT NULL,
    area_order integer NOT NULL,
    area_last integer NOT NULL,
    places integer NOT NULL,
    reserve integer,
    multiplier numeric(6, 2) NOT NULL,
    CONSTRAINT quota_pk PRIMARY KEY (round_id, area_id),
    CONSTRAINT quota_round_known FOREIGN KEY (round_id) REFERENCES targeting.round (id),
    CONSTRAINT quota_area_known FOREIGN KEY (area_id) REFERENCES registry.area (id),
    CONSTRAINT quota_places_counted CHECK (places >= 0 AND reserve >= 0),
    CONSTRAINT quota_multiplier_enough CHECK (multiplier >= 1)
);
COMMENT ON TABLE targeting.quota IS 'How many households of an area a round may take; the areas of a round do not overlap.';
COMMENT ON COLUMN targeting.quota.round_id IS 'The round.';
COMMENT ON COLUMN targeting.quota.area_id IS 'The area.';
COMMENT ON COLUMN targeting.quota.area_order IS 'First preorder number of the area.';
COMMENT ON COLUMN targeting.quota.area_last IS 'Last preorder number of the area.';
COMMENT ON COLUMN targeting.quota.places IS 'Places.';
COMMENT ON COLUMN targeting.quota.reserve IS 'How many wait; null when everybody else does.';
COMMENT ON COLUMN targeting.quota.multiplier IS 'So many times the places are to be collected before ranking.';

CREATE TABLE targeting.quota_part (
    round_id uuid NOT NULL,
    area_id integer NOT NULL,
    group_code text NOT NULL,
    places integer NOT NULL,
    CONSTRAINT quota_part_pk PRIMARY KEY (round_id, area_id, group_code),
    CONSTRAINT quota_part_quota_known FOREIGN KEY (round_id, area_id) REFERENCES targeting.quota (round_id, area_id),
    CONSTRAINT quota_part_places_counted CHECK (places >= 0)
);
COMMENT ON TABLE targeting.quota_part IS 'Whole places of a quota that are filled by a group first.';
COMMENT ON COLUMN targeting.quota_part.round_id IS 'The round.';
COMMENT ON COLUMN targeting.quota_part.area_id IS 'The area.';
COMMENT ON COLUMN targeting.quota_part.group_code IS 'The group.';
COMMENT ON COLUMN targeting.quota_part.places IS 'Its places.';

-- No foreign keys: rows come by the hundred thousand, from the tables of households and quotas themselves.
-- Half of a page is left free, and no index holds what changes, so that a new state rewrites no index.
CREATE TABLE targeting.round_household (
    round_id uuid NOT NULL,
    household_id uuid NOT NULL,
    area_id integer NOT NULL,
    area_order integer NOT NULL,
    household_version integer NOT NULL,
    state text NOT NULL,
    state_since timestamptz NOT NULL,
    reason text,
    members integer NOT NULL,
    registered_on date NOT NULL,
    is_eligible boolean,
    group_code text,
    score numeric,
    class text,
    run_id bigint,
    rank integer,
    turn integer,
    community text,
    session_id uuid,
    command_id uuid NOT NULL,
    CONSTRAINT round_household_pk PRIMARY KEY (round_id, household_id),
    CONSTRAINT round_household_state_known CHECK (state IN (
        'surveyed', 'scored', 'selected', 'waiting', 'not_selected', 'validated', 'objected', 'candidate')),
    CONSTRAINT round_household_scored_whole CHECK (state = 'surveyed' OR reason IS NOT NULL OR score IS NOT NULL),
    CONSTRAINT round_household_turn_of_waiting CHECK ((state = 'waiting') = (turn IS NOT NULL)),
    CONSTRAINT round_household_objection_reasoned CHECK (state <> 'objected' OR reason IS NOT NULL),
    CONSTRAINT round_household_community_known CHECK (community IN ('validated', 'objected'))
) WITH (fillfactor = 50);
CREATE INDEX round_household_area ON targeting.round_household (round_id, area_id);
CREATE INDEX round_household_household ON targeting.round_household (household_id);
COMMENT ON TABLE targeting.round_household IS 'A household in a round: its state there, and what it was ranked by.';
COMMENT ON COLUMN targeting.round_household.round_id IS 'The round.';
COMMENT ON COLUMN targeting.round_household.household_id IS 'The household.';
COMMENT ON COLUMN targeting.round_household.area_id IS 'The area of the quota in which it competes.';
COMMENT ON COLUMN targeting.round_household.area_order IS 'Preorder number of its own area when it was collected.';
COMMENT ON COLUMN targeting.round_household.household_version IS 'Version of the household when it was collected or scored last.';
COMMENT ON COLUMN targeting.round_household.state IS 'surveyed, scored, selected, waiting, not_selected, validated, objected or candidate.';
COMMENT ON COLUMN targeting.round_household.state_since IS 'Since when.';
COMMENT ON COLUMN targeting.round_household.reason IS 'Why, by code: not_eligible, no_score, beyond_cut_off, beyond_reserve, appeal_upheld, or a reason of the profile.';
COMMENT ON COLUMN targeting.round_household.members IS 'Members, for the tie-break.';
COMMENT ON COLUMN targeting.round_household.registered_on IS 'Day of registration, for the tie-break.';
COMMENT ON COLUMN targeting.round_household.is_eligible IS 'Whether it fits the round''s rule; null until scored.';
COMMENT ON COLUMN targeting.round_household.group_code IS 'The first part of the quota whose rule it fits.';
COMMENT ON COLUMN targeting.round_household.score IS 'Its score when the round was scored; null where there was none.';
COMMENT ON COLUMN targeting.round_household.class IS 'Class of need at that time.';
COMMENT ON COLUMN targeting.round_household.run_id IS 'The run of the formula that gave the score.';
COMMENT ON COLUMN targeting.round_household.rank IS 'Place in the area, from 1 for the poorest.';
COMMENT ON COLUMN targeting.round_household.turn IS 'Place in the waiting list, from 1; below 1 for those whom an appeal put in front.';
COMMENT ON COLUMN targeting.round_household.community IS 'What the community said: validated or objected.';
COMMENT ON COLUMN targeting.round_household.session_id IS 'The session in which it said so.';
COMMENT ON COLUMN targeting.round_household.command_id IS 'The command that gave it its state.';

CREATE TABLE targeting.session (
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    area_id integer NOT NULL,
    held_on date NOT NULL,
    attendance integer,
    actor_id uuid NOT NULL,
    command_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT session_pk PRIMARY KEY (id),
    CONSTRAINT session_quota_known FOREIGN KEY (round_id, area_id) REFERENCES targeting.quota (round_id, area_id),
    CONSTRAINT session_attendance_counted CHECK (attendance >= 0)
);
CREATE INDEX session_round ON targeting.session (round_id, area_id);
COMMENT ON TABLE targeting.session IS 'A community that met about the list of its area.';
COMMENT ON COLUMN targeting.session.id IS 'Identity.';
COMMENT ON COLUMN targeting.session.round_id IS 'The round.';
COMMENT ON COLUMN targeting.session.area_id IS 'The area of the quota.';
COMMENT ON COLUMN targeting.session.held_on IS 'The day.';
COMMENT ON COLUMN targeting.session.attendance IS 'How many came; null when not counted.';
COMMENT ON COLUMN targeting.session.actor_id IS 'Who recorded it.';
COMMENT ON COLUMN targeting.session.command_id IS 'The command that brought it.';
COMMENT ON COLUMN targeting.session.recorded_at IS 'When it was recorded.';

CREATE TABLE targeting.session_decision (
    session_id uuid NOT NULL,
    household_id uuid NOT NULL,
    decision text NOT NULL,
    reason text,
    CONSTRAINT session_decision_pk PRIMARY KEY (session_id, household_id),
    CONSTRAINT session_decision_session_known FOREIGN KEY (session_id) REFERENCES targeting.session (id),
    CONSTRAINT session_decision_known CHECK (decision IN ('validated', 'objected')),
    CONSTRAINT session_decision_objection_reasoned CHECK (decision = 'validated' OR reason IS NOT NULL)
);
CREATE TRIGGER session_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON targeting.session_decision
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_change();
COMMENT ON TABLE targeting.session_decision IS 'What a session said about a household; append-only.';
COMMENT ON COLUMN targeting.session_decision.session_id IS 'The session.';
COMMENT ON COLUMN targeting.session_decision.household_id IS 'The household.';
COMMENT ON COLUMN targeting.session_decision.decision IS 'validated or objected.';
COMMENT ON COLUMN targeting.session_decision.reason IS 'Code of the reason, from the profile.';

CREATE TABLE targeting.minutes (
    id uuid NOT NULL,
    session_id uuid NOT NULL,
    hash bytea NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    actor_id uuid NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT minutes_pk PRIMARY KEY (id),
    CONSTRAINT minutes_session_known FOREIGN KEY (session_id) REFERENCES targeting.session (id),
    CONSTRAINT minutes_size_positive CHECK (size > 0)
);
CREATE INDEX minutes_session ON targeting.minutes (session_id);
COMMENT ON TABLE targeting.minutes IS 'Minutes of sessions as encrypted files, in the same store as attachments of people.';
COMMENT ON COLUMN targeting.minutes.id IS 'Identity.';
COMMENT ON COLUMN targeting.minutes.session_id IS 'The session.';
COMMENT ON COLUMN targeting.minutes.hash IS 'Keyed hash of the content, the name of the file.';
COMMENT ON COLUMN targeting.minutes.media_type IS 'Type of the content.';
COMMENT ON COLUMN targeting.minutes.size IS 'Bytes.';
COMMENT ON COLUMN targeting.minutes.actor_id IS 'Who added them.';
COMMENT ON COLUMN targeting.minutes.added_at IS 'When.';

CREATE TABLE targeting.appeal (
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    household_id uuid NOT NULL,
    grounds text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    lodged_by uuid NOT NULL,
    lodged_on date NOT NULL,
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    CONSTRAINT appeal_pk PRIMARY KEY (id),
    CONSTRAINT appeal_household_known FOREIGN KEY (round_id, household_id)
        REFERENCES targeting.round_household (round_id, household_id),
    CONSTRAINT appeal_state_known CHECK (state IN ('open', 'upheld', 'dismissed')),
    CONSTRAINT appeal_decided_whole CHECK (
        (state = 'open') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
        AND (decided_by IS NULL) = (reason IS NULL)),
    CONSTRAINT appeal_decided_by_another CHECK (decided_by <> lodged_by)
);
CREATE UNIQUE INDEX appeal_one_open ON targeting.appeal (round_id, household_id) WHERE state = 'open';
COMMENT ON TABLE targeting.appeal IS 'Appeals of households against what a round made of them.';
COMMENT ON COLUMN targeting.appeal.id IS 'Identity.';
COMMENT ON COLUMN targeting.appeal.round_id IS 'The round.';
COMMENT ON COLUMN targeting.appeal.household_id IS 'The household.';
COMMENT ON COLUMN targeting.appeal.grounds IS 'Why it appeals, by code of the profile.';
COMMENT ON COLUMN targeting.appeal.state IS 'open, upheld or dismissed.';
COMMENT ON COLUMN targeting.appeal.lodged_by IS 'Who recorded it.';
COMMENT ON COLUMN targeting.appeal.lodged_on IS 'The day it was lodged.';
COMMENT ON COLUMN targeting.appeal.decided_by IS 'Who decided; never who recorded it.';
COMMENT ON COLUMN targeting.appeal.decided_at IS 'When.';
COMMENT ON COLUMN targeting.appeal.reason IS 'Why it was decided so, by code of the profile.';
