import Postgres

/// One statement for each rule: key, size, people, households, evidence and area of everything it finds.
struct FindingSQL {
    let rules: FindingRules

    func statement(_ kind: FindingRules.Kind) -> SQL {
        switch kind {
        case .householdTwice: householdTwice
        case .personInTwoHouseholds: personInTwoHouseholds
        case .identifierShared: identifierShared
        case .phoneShared: shared(.phoneShared, types: ["PHONE"], usual: 5)
        case .accountShared: shared(.accountShared, types: [], usual: 2)
        case .householdImplausible: householdImplausible
        case .fileRepeated: fileRepeated
        case .burst: burst
        }
    }

    /// Two households of which a good part of the smaller one is, or may be, in the other.
    private var householdTwice: SQL {
        let kind = FindingRules.Kind.householdTwice
        let (bits, members, percent) = (
            rules.number(kind, "bits", 6), rules.number(kind, "members", 2), rules.number(kind, "percent", 50)
        )
        // Whoever lives at home and belongs to an association is in two groups, and rightly so.
        let kinds = rules.words(kind, "kinds", ["household"])
        return """
            WITH likely AS (
                SELECT CASE WHEN a.household_id < b.household_id THEN a.household_id ELSE b.household_id END AS lo,
                    CASE WHEN a.household_id < b.household_id THEN b.household_id ELSE a.household_id END AS hi,
                    CASE WHEN a.household_id < b.household_id THEN a.id ELSE b.id END AS lo_person,
                    CASE WHEN a.household_id < b.household_id THEN b.id ELSE a.id END AS hi_person, p.bits
                FROM matching.pair AS p
                JOIN registry.person AS a ON a.id = p.low_id AND a.status <> 'merged'
                JOIN registry.person AS b ON b.id = p.high_id AND b.status <> 'merged'
                WHERE a.household_id <> b.household_id
                    AND (p.state = 'same' OR p.state IN ('open', 'unsure') AND p.bits >= \(bits))
                UNION ALL
                SELECT m.household_id, o.household_id, m.person_id, m.person_id, NULL
                FROM registry.membership AS m
                JOIN registry.membership AS o ON o.person_id = m.person_id AND o.household_id > m.household_id
                JOIN registry.household AS g ON g.id = m.household_id AND g.kind = ANY(\(kinds))
                JOIN registry.household AS h ON h.id = o.household_id AND h.kind = ANY(\(kinds))
                WHERE m.valid_to IS NULL AND o.valid_to IS NULL
            ), counted AS (
                SELECT lo, hi, LEAST(count(DISTINCT lo_person), count(DISTINCT hi_person)) AS shared,
                    (array_agg(DISTINCT lo_person))[1:100] || (array_agg(DISTINCT hi_person))[1:100] AS people,
                    max(bits) AS bits
                FROM likely
                GROUP BY lo, hi
            )
            SELECT concat(c.lo, ' ', c.hi), c.shared, c.people, ARRAY[c.lo, c.hi],
                jsonb_build_object('shared', c.shared, 'sizes', jsonb_build_array(x.size, y.size), 'bits', c.bits::text),
                x.area_order
            FROM counted AS c
            JOIN registry.household AS x ON x.id = c.lo AND x.status = 'active' AND x.kind = ANY(\(kinds))
            JOIN registry.household AS y ON y.id = c.hi AND y.status = 'active' AND y.kind = ANY(\(kinds))
            WHERE c.shared >= LEAST(\(members), GREATEST(1, LEAST(x.size, y.size)))
                AND c.shared * 100 >= \(percent) * LEAST(x.size, y.size)
            """
    }

    private var personInTwoHouseholds: SQL {
        let kinds = rules.words(.personInTwoHouseholds, "kinds", ["household"])
        return """
            SELECT m.person_id::text, count(*), ARRAY[m.person_id], array_agg(m.household_id ORDER BY m.household_id),
                jsonb_build_object('households', count(*), 'roles', jsonb_agg(DISTINCT m.role)), max(p.area_order)
            FROM registry.membership AS m
            JOIN registry.household AS h ON h.id = m.household_id AND h.status = 'active' AND h.kind = ANY(\(kinds))
            JOIN registry.person AS p ON p.id = m.person_id AND p.status = 'active'
            WHERE m.valid_to IS NULL
            GROUP BY m.person_id
            HAVING count(DISTINCT m.household_id) > 1
            """
    }

    /// A number that an authority gives to one person, borne by several.
    private var identifierShared: SQL {
        let kind = FindingRules.Kind.identifierShared
        return """
            SELECT concat(i.type, ' ', encode(sha256(i.hash), 'hex')), count(*),
                (array_agg(i.subject_id ORDER BY i.subject_id))[1:200],
                (array_remove(array_agg(DISTINCT p.household_id), NULL))[1:200],
                jsonb_build_object('type', i.type, 'people', count(*)), max(p.area_order)
            FROM registry.identifier AS i
            JOIN registry.person AS p ON p.id = i.subject_id AND p.status <> 'merged'
            WHERE i.subject_kind = 'person' AND i.type = ANY(\(rules.words(kind, "types", ["NID"])))
            GROUP BY i.type, i.hash
            HAVING count(*) >= \(rules.number(kind, "people", 2))
            """
    }

    /// A phone, or an account to which money goes, behind many households.
    private func shared(_ kind: FindingRules.Kind, types: [String], usual: Int) -> SQL {
        """
        WITH borne AS (
            SELECT i.type, i.hash, i.subject_id AS person, p.household_id AS home, p.area_order
            FROM registry.identifier AS i
            JOIN registry.person AS p ON p.id = i.subject_id AND p.status = 'active'
            WHERE i.subject_kind = 'person' AND i.type = ANY(\(rules.words(kind, "types", types)))
            UNION ALL
            SELECT i.type, i.hash, NULL, h.id, h.area_order
            FROM registry.identifier AS i
            JOIN registry.household AS h ON h.id = i.subject_id AND h.status = 'active'
            WHERE i.subject_kind = 'household' AND i.type = ANY(\(rules.words(kind, "types", types)))
        )
        SELECT concat(type, ' ', encode(sha256(hash), 'hex')), count(DISTINCT home),
            (array_remove(array_agg(DISTINCT person), NULL))[1:200],
            (array_remove(array_agg(DISTINCT home), NULL))[1:200],
            jsonb_build_object(
                'type', type, 'households', count(DISTINCT home), 'people', count(DISTINCT person),
                'limit', \(rules.number(kind, "households", usual))::int), max(area_order)
        FROM borne
        GROUP BY type, hash
        HAVING count(DISTINCT home) >= \(rules.number(kind, "households", usual))
        """
    }

    /// The same picture for different people or households, or the same document for different households: one paper often
    /// stands for a whole family.
    private var fileRepeated: SQL {
        let kind = FindingRules.Kind.fileRepeated
        let kinds = rules.words(kind, "kinds", ["photo"])
        let most = rules.number(kind, "subjects", 2)
        // Whoever was merged, through however many others, is the one who is left.
        return """
            WITH RECURSIVE repeated AS (
                SELECT a.hash FROM registry.attachment AS a WHERE a.kind = ANY(\(kinds))
                GROUP BY a.hash HAVING count(DISTINCT a.subject_id) >= 2
            ), shown AS (
                SELECT a.hash, a.kind, a.subject_kind, a.subject_id
                FROM repeated AS r
                JOIN registry.attachment AS a ON a.hash = r.hash AND a.kind = ANY(\(kinds))
            ), chain AS (
                SELECT s.subject_kind, s.subject_id AS origin, s.subject_id AS id FROM shown AS s
                UNION
                SELECT c.subject_kind, c.origin, COALESCE(p.merged_into, h.merged_into)
                FROM chain AS c
                LEFT JOIN registry.person AS p ON c.subject_kind = 'person' AND p.id = c.id
                LEFT JOIN registry.household AS h ON c.subject_kind = 'household' AND h.id = c.id
                WHERE COALESCE(p.merged_into, h.merged_into) IS NOT NULL
            ), known AS (
                SELECT DISTINCT s.hash, s.kind, s.subject_kind, c.id AS subject,
                    CASE s.subject_kind WHEN 'household' THEN h.id ELSE COALESCE(p.household_id, p.id) END AS home,
                    COALESCE(p.area_order, h.area_order) AS area_order
                FROM shown AS s
                JOIN chain AS c ON c.subject_kind = s.subject_kind AND c.origin = s.subject_id
                LEFT JOIN registry.person AS p ON c.subject_kind = 'person' AND p.id = c.id
                LEFT JOIN registry.household AS h ON c.subject_kind = 'household' AND h.id = c.id
                WHERE COALESCE(p.merged_into, h.merged_into) IS NULL
            ), counted AS (
                SELECT hash, GREATEST(
                        count(DISTINCT subject) FILTER (WHERE kind = 'photo'), count(DISTINCT home)) AS subjects,
                    COALESCE((array_agg(DISTINCT subject) FILTER (WHERE subject_kind = 'person'))[1:200], '{}') AS people,
                    COALESCE((array_agg(DISTINCT subject) FILTER (WHERE subject_kind = 'household'))[1:200], '{}') AS homes,
                    jsonb_agg(DISTINCT kind) AS kinds, max(area_order) AS area_order
                FROM known
                GROUP BY hash
            )
            SELECT encode(hash, 'hex'), subjects, people, homes,
                jsonb_build_object('kinds', kinds, 'subjects', subjects), area_order
            FROM counted
            WHERE subjects >= \(most)
            """
    }

    /// More registrations by one actor in a short time than anybody can take. Whoever approves takes none: what was proposed
    /// counts for who proposed it, and when.
    private var burst: SQL {
        let kind = FindingRules.Kind.burst
        let (minutes, most, days) = (
            rules.number(kind, "minutes", 10), rules.number(kind, "registrations", 30), rules.number(kind, "days", 30)
        )
        return """
            WITH taken AS (
                SELECT w.actor_id, w.recorded_at, w.main, w.kind, count(*) OVER (
                    PARTITION BY w.actor_id ORDER BY w.recorded_at
                    RANGE BETWEEN make_interval(mins => \(Int32(minutes))) PRECEDING AND CURRENT ROW) AS together
                FROM (
                    SELECT COALESCE(q.proposed_by, c.actor_id) AS actor_id,
                        COALESCE(q.proposed_at, c.recorded_at) AS recorded_at, c.outcome ->> 'main' AS main, c.kind
                    FROM registry.command AS c
                    LEFT JOIN registry.proposal AS q ON q.executed_command = c.id
                    WHERE c.kind = ANY(\(rules.words(kind, "commands", ["household.register", "person.register"])))
                        AND c.recorded_at > clock_timestamp() - make_interval(days => \(Int32(days)))) AS w
                JOIN access.actor AS a ON a.id = w.actor_id AND a.kind = ANY(\(rules.words(kind, "actors", ["person"])))
            ), days AS (
                SELECT actor_id, (recorded_at AT TIME ZONE 'UTC')::date AS day, max(together) AS most,
                    (array_agg(recorded_at ORDER BY together DESC, recorded_at))[1] AS upto
                FROM taken
                GROUP BY 1, 2
                HAVING max(together) >= \(most)
            )
            SELECT concat(d.actor_id, ' ', d.day), d.most,
                COALESCE((array_agg(t.main::uuid ORDER BY t.recorded_at)
                    FILTER (WHERE t.kind LIKE 'person.%' AND t.main IS NOT NULL))[1:200], '{}'),
                COALESCE((array_agg(t.main::uuid ORDER BY t.recorded_at)
                    FILTER (WHERE t.kind LIKE 'household.%' AND t.main IS NOT NULL))[1:200], '{}'),
                jsonb_build_object(
                    'actor', d.actor_id, 'registrations', d.most, 'minutes', \(Int32(minutes))::int, 'limit',
                    \(Int32(most))::int, 'until', to_char(d.upto AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
                0
            FROM days AS d
            JOIN taken AS t ON t.actor_id = d.actor_id AND t.recorded_at <= d.upto
                AND t.recorded_at >= d.upto - make_interval(mins => \(Int32(minutes)))
            GROUP BY d.actor_id, d.day, d.most, d.upto
            """
    }
}
