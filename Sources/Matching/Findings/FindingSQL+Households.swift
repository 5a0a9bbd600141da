import Postgres

extension FindingSQL {
    /// Households that can hardly be as they are on record, each with all that speaks for it.
    var householdImplausible: SQL {
        let kind = FindingRules.Kind.householdImplausible
        func limit(_ name: String, _ usual: Int) -> Int32 { Int32(rules.number(kind, name, usual)) }
        let children = rules.words(kind, "children", ["child", "son", "daughter"])
        let spouses = rules.words(kind, "spouses", ["spouse", "husband", "wife", "partner"])
        let kinds = rules.words(kind, "kinds", ["household"])
        // Ages are differences of dates of birth, so that an old record is judged as it was; only the head and the eldest are
        // judged by the day on which the household was seen.
        return """
            WITH member AS (
                SELECT h.id AS home, h.area_order, h.observed_on, p.id, p.role, p.relationship, p.sex, p.birth_date,
                    EXTRACT(YEAR FROM age(h.observed_on, p.birth_date))::int AS years
                FROM registry.household AS h
                JOIN registry.person AS p ON p.household_id = h.id AND p.status = 'active'
                WHERE h.status = 'active' AND h.kind = ANY(\(kinds))
            ), home AS (
                SELECT home, max(area_order) AS area_order, count(*)::int AS size,
                    (count(*) FILTER (WHERE role = 'head'))::int AS heads,
                    (count(*) FILTER (WHERE relationship = ANY(\(spouses))))::int AS spouses,
                    min(years) FILTER (WHERE role = 'head') AS head_years,
                    max(years) AS oldest, count(birth_date)::int AS dated,
                    min(birth_date) FILTER (WHERE role = 'head') AS head_born,
                    min(birth_date) FILTER (WHERE relationship = ANY(\(children))) AS child_born
                FROM member
                GROUP BY home
            ), born AS (
                SELECT p.household_id AS home,
                    min(EXTRACT(YEAR FROM age(p.birth_date, m.birth_date))::int) AS youngest,
                    max(EXTRACT(YEAR FROM age(p.birth_date, m.birth_date))::int) AS eldest
                FROM registry.birth AS b
                JOIN registry.person AS p ON p.id = b.child_id AND p.status = 'active'
                JOIN registry.person AS m ON m.id = b.mother_id
                WHERE p.household_id IS NOT NULL AND p.birth_date IS NOT NULL AND m.birth_date IS NOT NULL
                GROUP BY p.household_id
            ), reason AS (
                SELECT h.home, h.area_order, r.code, r.found, r.bound
                FROM home AS h
                LEFT JOIN born AS b ON b.home = h.home
                CROSS JOIN LATERAL (VALUES
                    ('heads', h.heads, 1, h.heads <> 1),
                    ('members', h.size, \(limit("members", 25))::int, h.size > \(limit("members", 25))),
                    ('spouses', h.spouses, \(limit("spouses_most", 4))::int, h.spouses > \(limit("spouses_most", 4))),
                    ('head_age', h.head_years, \(limit("head_age", 12))::int, h.head_years < \(limit("head_age", 12))),
                    ('nobody_grown', h.oldest, \(limit("grown_age", 15))::int,
                        h.dated = h.size AND h.oldest < \(limit("grown_age", 15))),
                    ('oldest', h.oldest, \(limit("oldest", 115))::int, h.oldest > \(limit("oldest", 115))),
                    ('mother_young', b.youngest, \(limit("mother_youngest", 12))::int,
                        b.youngest < \(limit("mother_youngest", 12))),
                    ('mother_old', b.eldest, \(limit("mother_oldest", 60))::int, b.eldest > \(limit("mother_oldest", 60))),
                    ('child_of_head_old', EXTRACT(YEAR FROM age(h.child_born, h.head_born))::int,
                        \(limit("mother_youngest", 12))::int,
                        h.heads = 1 AND EXTRACT(YEAR FROM age(h.child_born, h.head_born))
                            < \(limit("mother_youngest", 12)))
                    ) AS r (code, found, bound, is_odd)
                WHERE r.is_odd
            )
            SELECT home::text, count(*), '{}'::uuid[], ARRAY[home],
                jsonb_build_object('reasons', jsonb_agg(
                    jsonb_build_object('code', code, 'found', found, 'limit', bound) ORDER BY code)), max(area_order)
            FROM reason
            GROUP BY home
            """
    }
}
