-- A formula leaves force by two people, as it came; who submitted it is kept; a run that nobody can carry out says why.

ALTER TABLE targeting.formula ADD COLUMN submitted_by uuid;
COMMENT ON COLUMN targeting.formula.submitted_by IS 'Who submitted it, and so does not sign; null for drafts.';
UPDATE targeting.formula AS f
SET submitted_by = c.actor_id
FROM registry.command AS c
WHERE f.submitted_at IS NOT NULL AND c.kind = 'formula.submit' AND c.outcome ->> 'formula' = f.code
    AND c.outcome ->> 'version' = f.version::text;

ALTER TABLE targeting.run ADD COLUMN reason text;
ALTER TABLE targeting.run ADD CONSTRAINT run_given_up_reasoned CHECK (state <> 'given_up' OR reason IS NOT NULL);
COMMENT ON COLUMN targeting.run.reason IS 'Why it was given up.';

CREATE TABLE targeting.retirement (
    id bigint GENERATED ALWAYS AS IDENTITY,
    formula_id integer NOT NULL,
    asked_by uuid NOT NULL,
    reason text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decision text,
    decided_by uuid,
    decided_at timestamptz,
    answer text,
    CONSTRAINT retirement_pk PRIMARY KEY (id),
    CONSTRAINT retirement_formula_known FOREIGN KEY (formula_id) REFERENCES targeting.formula (id),
    CONSTRAINT retirement_reasoned CHECK (char_length(reason) >= 20),
    CONSTRAINT retirement_decision_known CHECK (decision IN ('sign', 'reject', 'overtaken')),
    CONSTRAINT retirement_decided_whole CHECK (
        (decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
    CONSTRAINT retirement_by_another CHECK (decision = 'overtaken' OR decided_by <> asked_by),
    CONSTRAINT retirement_reject_reasoned CHECK (decision <> 'reject' OR answer IS NOT NULL)
);
CREATE UNIQUE INDEX retirement_open ON targeting.retirement (formula_id) WHERE decision IS NULL;
CREATE INDEX retirement_formula ON targeting.retirement (formula_id, id);
COMMENT ON TABLE targeting.retirement IS 'Who asked that a formula in force be retired, and what somebody else said to it.';
COMMENT ON COLUMN targeting.retirement.id IS 'Counts up.';
COMMENT ON COLUMN targeting.retirement.formula_id IS 'The formula.';
COMMENT ON COLUMN targeting.retirement.asked_by IS 'Who asked.';
COMMENT ON COLUMN targeting.retirement.reason IS 'Why; at least 20 letters.';
COMMENT ON COLUMN targeting.retirement.asked_at IS 'When.';
COMMENT ON COLUMN targeting.retirement.decision IS 'sign retires it, reject leaves it in force, overtaken says that another version replaced it meanwhile; null while it is open.';
COMMENT ON COLUMN targeting.retirement.decided_by IS 'Who decided; never who asked.';
COMMENT ON COLUMN targeting.retirement.decided_at IS 'When.';
COMMENT ON COLUMN targeting.retirement.answer IS 'Reason of a rejection.';
