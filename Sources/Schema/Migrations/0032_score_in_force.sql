-- A formula is in force on the days that it names, not on every day since it was activated.

CREATE OR REPLACE VIEW targeting.score_in_force AS
SELECT c.household_id, f.code AS formula, f.version, c.formula_id, c.run_id, c.score, c.class, c.stratum, c.area_order,
    c.since
FROM targeting.current_score AS c
JOIN targeting.formula AS f ON f.id = c.formula_id
WHERE f.state = 'active' AND coalesce(f.valid_from, '-infinity') <= current_date
    AND coalesce(f.valid_to, 'infinity') >= current_date;
COMMENT ON VIEW targeting.score_in_force IS 'Scores in force by formulas in force today.';
