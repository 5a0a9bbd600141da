-- What is odd about households, numbers, files and registrations: found by rules of the profile, looked at by people.

CREATE TABLE matching.finding (
    id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    key text NOT NULL,
    state text NOT NULL DEFAULT 'open',
    size integer NOT NULL,
    closed_size integer,
    people uuid[] NOT NULL,
    households uuid[] NOT NULL,
    evidence jsonb NOT NULL,
    area_order integer NOT NULL DEFAULT 0,
    run_id uuid NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT finding_pk PRIMARY KEY (id),
    CONSTRAINT finding_once UNIQUE (kind, key),
    CONSTRAINT finding_state_known CHECK (state IN ('open', 'closed', 'gone')),
    CONSTRAINT finding_closed_whole CHECK ((state = 'closed') <= (closed_size IS NOT NULL))
);
CREATE INDEX finding_list ON matching.finding (state, number DESC);
CREATE INDEX finding_kind ON matching.finding (kind, state, number DESC);
COMMENT ON TABLE matching.finding IS 'What a rule found; it excludes nobody from anything.';
COMMENT ON COLUMN matching.finding.id IS 'Id of the finding.';
COMMENT ON COLUMN matching.finding.number IS 'Counts up, for lists.';
COMMENT ON COLUMN matching.finding.kind IS 'The rule: household_twice, person_in_two_households, identifier_shared, phone_shared, account_shared, household_implausible, file_repeated, burst.';
COMMENT ON COLUMN matching.finding.key IS 'What it is about, in a form that is the same in every run; numbers as digests.';
COMMENT ON COLUMN matching.finding.state IS 'open, closed by somebody, or gone since a later run did not find it any more.';
COMMENT ON COLUMN matching.finding.size IS 'How many people, households, files or registrations.';
COMMENT ON COLUMN matching.finding.closed_size IS 'The size when it was closed: one that has grown since is opened again.';
COMMENT ON COLUMN matching.finding.people IS 'People concerned, at most 200.';
COMMENT ON COLUMN matching.finding.households IS 'Households concerned, at most 200.';
COMMENT ON COLUMN matching.finding.evidence IS 'Counts, limits, ids; no value of anybody.';
COMMENT ON COLUMN matching.finding.area_order IS 'Number of the area of one of them, for lists by area; 0 without one.';
COMMENT ON COLUMN matching.finding.run_id IS 'The run that saw it last.';
COMMENT ON COLUMN matching.finding.found_at IS 'When it was found first.';
COMMENT ON COLUMN matching.finding.updated_at IS 'When it changed last.';

CREATE TABLE matching.finding_decision (
    id uuid NOT NULL,
    finding_id uuid NOT NULL,
    verdict text NOT NULL,
    reason text,
    size integer NOT NULL,
    actor_id uuid NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT finding_decision_pk PRIMARY KEY (id),
    CONSTRAINT finding_decision_known CHECK (verdict IN ('closed', 'reopened')),
    CONSTRAINT finding_decision_of FOREIGN KEY (finding_id) REFERENCES matching.finding (id)
);
CREATE INDEX finding_decision_finding ON matching.finding_decision (finding_id, decided_at);
COMMENT ON TABLE matching.finding_decision IS 'Who closed a finding or opened it again, and why; all of it.';
COMMENT ON COLUMN matching.finding_decision.id IS 'Id of the decision.';
COMMENT ON COLUMN matching.finding_decision.finding_id IS 'The finding.';
COMMENT ON COLUMN matching.finding_decision.verdict IS 'closed or reopened.';
COMMENT ON COLUMN matching.finding_decision.reason IS 'In the words of whoever decided.';
COMMENT ON COLUMN matching.finding_decision.size IS 'The size of the finding then.';
COMMENT ON COLUMN matching.finding_decision.actor_id IS 'Who decided.';
COMMENT ON COLUMN matching.finding_decision.decided_at IS 'When.';

CREATE TABLE matching.finding_run (
    id uuid NOT NULL,
    actor_id uuid NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    found integer,
    CONSTRAINT finding_run_pk PRIMARY KEY (id)
);
COMMENT ON TABLE matching.finding_run IS 'Runs of the rules over the whole registry.';
COMMENT ON COLUMN matching.finding_run.id IS 'Id of the run.';
COMMENT ON COLUMN matching.finding_run.actor_id IS 'In whose name.';
COMMENT ON COLUMN matching.finding_run.began_at IS 'When it began.';
COMMENT ON COLUMN matching.finding_run.ended_at IS 'When it ended; null while it runs, or when it was killed.';
COMMENT ON COLUMN matching.finding_run.found IS 'How many findings were open at its end.';
