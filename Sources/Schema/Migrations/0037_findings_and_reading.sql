-- What a finding was about when it was closed, so that what is known stays closed and what is new is seen; how far the log
-- had been written when a model's run read everybody.

ALTER TABLE matching.model ADD COLUMN read_pos bigint;
COMMENT ON COLUMN matching.model.read_pos IS
    'The last place in the event log when its run began to read: households that changed up to there need no second look.';

CREATE FUNCTION matching.finding_about(kind text, people uuid[], households uuid[], evidence jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN kind = 'household_implausible'
        THEN ARRAY(SELECT r ->> 'code' FROM jsonb_array_elements(evidence -> 'reasons') AS r ORDER BY 1)
        WHEN kind IN ('identifier_shared', 'household_twice') THEN people::text[]
        WHEN kind = 'person_in_two_households' THEN households::text[]
        WHEN kind = 'file_repeated' THEN people::text[] || households::text[]
    END
$$;
COMMENT ON FUNCTION matching.finding_about(text, uuid[], uuid[], jsonb) IS
    'Reasons, people or households of a finding, of which a new one opens it again; null for kinds that only grow.';

ALTER TABLE matching.finding ADD COLUMN closed_about text[];
COMMENT ON COLUMN matching.finding.closed_about IS
    'Reasons, or ids of people and households, that whoever closed it knew of; one that is none of them opens it again.';

-- An implausible household was a finding of its own for each set of reasons; it is one now, with all that was closed of it.
WITH home AS (
    SELECT f.id, f.state, split_part(f.key, ' ', 1) AS home,
        row_number() OVER (
            PARTITION BY split_part(f.key, ' ', 1) ORDER BY f.state = 'open' DESC, f.number DESC) AS place
    FROM matching.finding AS f
    WHERE f.kind = 'household_implausible'
), closed AS (
    SELECT split_part(f.key, ' ', 1) AS home, max(f.closed_size) AS closed_size,
        array_agg(DISTINCT a.code) AS about
    FROM matching.finding AS f
    CROSS JOIN LATERAL unnest(matching.finding_about(f.kind, f.people, f.households, f.evidence)) AS a (code)
    WHERE f.kind = 'household_implausible' AND f.state = 'closed'
    GROUP BY 1
)
UPDATE matching.finding AS f
SET key = h.home, closed_about = c.about, closed_size = COALESCE(f.closed_size, c.closed_size)
FROM home AS h
LEFT JOIN closed AS c ON c.home = h.home
WHERE h.place = 1 AND f.id = h.id;

UPDATE matching.finding AS f
SET closed_about = matching.finding_about(f.kind, f.people, f.households, f.evidence)
WHERE f.state = 'closed' AND f.closed_about IS NULL;
