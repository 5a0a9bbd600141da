import Cryptography
import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

/// Turns a query tree into a condition on rows of `registry.person` or `registry.household`.
///
/// Text from outside becomes a bound value and nothing else. What the dictionary does not know is refused. Sub-selects stand
/// inside `ARRAY(…)` where few rows are expected, because the planner then always takes the index.
struct QueryCompiler {
    let context: RegistryContext
    let areas: AreaIndex
    let today: CalendarDate
    private var aliases = 0
    private var conditions = 0
    /// What is asked of members, when it is gathered in one pass; see `Searcher.selection`.
    var gathering: Gathering?

    init(context: RegistryContext, today: CalendarDate) {
        (self.context, self.areas, self.today) = (context, context.areas.index, today)
    }

    /// How many merges of merges are followed.
    static let longestChain: Int = 16

    static func table(_ subject: SubjectKind) -> String {
        subject == .person ? "registry.person" : "registry.household"
    }

    mutating func alias() -> String {
        aliases += 1
        return "r\(aliases)"
    }

    /// The condition on the row called `row`; true or false or NULL, where NULL means false.
    mutating func condition(
        _ query: RegistryQuery, _ subject: SubjectKind, _ row: String, depth: Int = 0
    ) throws(RegistryFault) -> SQL {
        conditions += 1
        guard depth <= RegistryQuery.Limits.depth, conditions <= RegistryQuery.Limits.conditions else {
            throw refusal("filter", "query.too_large", "The filter holds too many conditions, or nests them too deep.")
        }
        switch query {
        case .everything: return "TRUE"
        case .nothing: return "FALSE"
        case .and(let parts): return try joined(parts, by: " AND ", empty: "TRUE", subject, row, depth)
        case .or(let parts): return try joined(parts, by: " OR ", empty: "FALSE", subject, row, depth)
        case .not(let inner):
            return "(\(fragment: try condition(inner, subject, row, depth: depth + 1))) IS NOT TRUE"
        case .compare(let field, let comparison, let value):
            return try compare(field, comparison, value, subject, row)
        case .oneOf(let field, let values): return try oneOf(field, values, subject, row)
        case .isMissing(let field): return try isMissing(field, subject, row)
        case .identifier(let type, let value):
            return survivors(subject, row, try identified(type, value, subject))
        case .name(let text): return try name(text, subject, row)
        case .within(let ranges): return within(try Self.merged(ranges), row)
        case .member(let inner): return try member(inner, subject, row, depth)
        case .memberCount(let inner, let comparison, let number):
            return try memberCount(inner, comparison, number, subject, row, depth)
        case .compareFields(let left, let comparison, let right):
            return try compare(left, comparison, right, subject, row)
        case .memberTotal(let field, let isAverage, let inner, let comparison, let number):
            return try memberTotal(field, isAverage, inner, comparison, number, subject, row, depth)
        case .score(let formula, let comparison, let number):
            return try scored(formula, subject, row, " AND s.score \(unchecked: comparison.sign) \(number)")
        case .scoreClass(let formula, let codes):
            guard codes.count <= RegistryQuery.Limits.values else { throw tooMany("score_class") }
            return try scored(formula, subject, row, " AND s.class = ANY(\(codes))")
        case .scored(let formula, let hasClass):
            return try scored(
                formula, subject, row, hasClass ? " AND s.class IS NOT NULL" : " AND s.score IS NOT NULL")
        case .household(let inner): return try household(inner, subject, row, depth)
        case .participates(let programme, let status): return try participates(programme, status, row)
        case .subjects(let ids):
            guard ids.count <= RegistryQuery.Limits.values else { throw tooMany("subjects") }
            return survivors(subject, row, "SELECT unnest(\(ids))")
        }
    }

    private mutating func joined(
        _ parts: [RegistryQuery], by separator: SQL, empty: SQL, _ subject: SubjectKind, _ row: String, _ depth: Int
    ) throws(RegistryFault) -> SQL {
        guard !parts.isEmpty else { return empty }
        var compiled: [SQL] = []
        for part in parts { compiled.append(try condition(part, subject, row, depth: depth + 1)) }
        return compiled.count == 1 ? compiled[0] : "(\(fragment: SQL.joined(compiled, by: separator)))"
    }

    // MARK: Identity

    /// The row is one of those that `start` selects, or the survivor of one.
    func survivors(_ subject: SubjectKind, _ row: String, _ start: SQL) -> SQL {
        "\(unchecked: row).id = ANY(\(fragment: Self.survivors(subject, of: start)))"
    }

    /// The ids that `start` selects, each merged one replaced by its survivor.
    ///
    /// The inner LIMIT keeps the planner from hashing the whole table for a chain that is nearly always empty.
    static func survivors(_ subject: SubjectKind, of start: SQL) -> SQL {
        """
        ARRAY(
            WITH RECURSIVE chain (id, merged_into, depth) AS (
                SELECT first.id, first.merged_into, 0
                FROM \(unchecked: table(subject)) AS first
                WHERE first.id = ANY(ARRAY(\(fragment: start)))
                UNION ALL
                SELECT following.id, following.merged_into, chain.depth + 1
                FROM chain
                CROSS JOIN LATERAL (
                    SELECT s.id, s.merged_into
                    FROM \(unchecked: table(subject)) AS s
                    WHERE s.id = chain.merged_into
                    LIMIT 1
                ) AS following
                WHERE chain.depth < \(unchecked: String(longestChain))
            )
            SELECT chain.id FROM chain WHERE chain.merged_into IS NULL
        )
        """
    }

    private func identified(
        _ type: String?, _ value: String, _ subject: SubjectKind
    ) throws(RegistryFault) -> SQL {
        let wanted = try IdentifierLookup(type: type, value: value, context: context)
        var parts: [SQL] = []
        if !wanted.socialIDs.isEmpty { parts.append(Self.numbered(wanted.socialIDs, subject)) }
        if wanted.hashes.count == 1 {
            parts.append(
                """
                SELECT i.subject_id FROM registry.identifier AS i
                WHERE i.hash = \(wanted.hashes[0]) AND i.subject_kind = \(subject.rawValue)
                """)
        } else if !wanted.hashes.isEmpty {
            parts.append(
                """
                SELECT i.subject_id FROM registry.identifier AS i
                WHERE i.hash = ANY(\(wanted.hashes)) AND i.subject_kind = \(subject.rawValue)
                """)
        }
        return parts.isEmpty ? "SELECT NULL::uuid WHERE FALSE" : SQL.joined(parts, by: " UNION ALL ")
    }

    static func numbered(_ numbers: [String], _ subject: SubjectKind) -> SQL {
        numbers.count == 1
            ? "SELECT n.id FROM \(unchecked: table(subject)) AS n WHERE n.social_id = \(numbers[0])"
            : "SELECT n.id FROM \(unchecked: table(subject)) AS n WHERE n.social_id = ANY(\(numbers))"
    }

    // MARK: Names and places

    private func name(_ text: String, _ subject: SubjectKind, _ row: String) throws(RegistryFault) -> SQL {
        guard subject == .person else { throw wrongSubject("name") }
        try Self.check(text, "name")
        let keys = context.names.query(text).strong
        guard !keys.isEmpty else { return "FALSE" }
        return """
            \(unchecked: row).id IN (
                SELECT k.person_id FROM registry.name_key AS k WHERE k.h = ANY(\(keys)))
            """
    }

    /// Sorted, and put together where they touch; empty ranges of no area stay out.
    static func merged(_ ranges: [ClosedRange<Int>]) throws(RegistryFault) -> [ClosedRange<Int32>] {
        guard ranges.count <= RegistryQuery.Limits.ranges else { throw tooMany("within") }
        var result: [ClosedRange<Int32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let low = Int32(clamping: range.lowerBound)
            let high = Int32(clamping: range.upperBound)
            if let last = result.last, low <= last.upperBound || low == last.upperBound &+ 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, high)
            } else {
                result.append(low...high)
            }
        }
        return result
    }

    /// One range, a few joined by OR within their outer bounds, or a multirange for many.
    func within(_ ranges: [ClosedRange<Int32>], _ row: String, column: String = "area_order") -> SQL {
        guard let first = ranges.first, let last = ranges.last else { return "FALSE" }
        let order: SQL = "\(unchecked: row).\(unchecked: column)"
        let outer: SQL = "\(fragment: order) BETWEEN \(first.lowerBound) AND \(last.upperBound)"
        if ranges.count == 1 { return outer }
        if ranges.count <= 4 {
            let parts = ranges.map { range -> SQL in
                "\(fragment: order) BETWEEN \(range.lowerBound) AND \(range.upperBound)"
            }
            return "(\(fragment: outer) AND (\(fragment: SQL.joined(parts, by: " OR "))))"
        }
        let text = "{" + ranges.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ",") + "}"
        // In a sub-select, so that the text is read once and not for every row.
        return "(\(fragment: outer) AND (SELECT \(text)::text::int4multirange) @> \(fragment: order))"
    }

    // MARK: Across subjects

    private mutating func member(
        _ inner: RegistryQuery, _ subject: SubjectKind, _ row: String, _ depth: Int
    ) throws(RegistryFault) -> SQL {
        guard subject == .household else { throw wrongSubject("member") }
        if gathering?.row == row { return "\(fragment: try gatheredCount(inner, depth)) > 0" }
        let (membership, person) = (alias(), alias())
        let fits = try condition(inner, .person, person, depth: depth + 1)
        if inner.isSelective {
            return """
                \(unchecked: row).id = ANY(ARRAY(
                    SELECT \(unchecked: membership).household_id
                    FROM registry.person AS \(unchecked: person)
                    JOIN registry.membership AS \(unchecked: membership)
                        ON \(unchecked: membership).person_id = \(unchecked: person).id
                    WHERE \(unchecked: membership).valid_to IS NULL AND \(unchecked: person).status <> 'merged'
                      AND \(fragment: fits)))
                """
        }
        return """
            EXISTS (
                SELECT FROM registry.membership AS \(unchecked: membership)
                JOIN registry.person AS \(unchecked: person)
                    ON \(unchecked: person).id = \(unchecked: membership).person_id
                WHERE \(unchecked: membership).household_id = \(unchecked: row).id
                  AND \(unchecked: membership).valid_to IS NULL AND \(unchecked: person).status <> 'merged'
                  AND \(fragment: fits))
            """
    }

    /// All households with members that fit are counted in one pass; those without any count as zero by their absence.
    private mutating func memberCount(
        _ inner: RegistryQuery, _ comparison: Comparison, _ number: Decimal, _ subject: SubjectKind, _ row: String,
        _ depth: Int
    ) throws(RegistryFault) -> SQL {
        guard subject == .household else { throw wrongSubject("member") }
        if gathering?.row == row {
            return "\(fragment: try gatheredCount(inner, depth))::numeric \(unchecked: comparison.sign) \(number)"
        }
        let (membership, person) = (alias(), alias())
        let fits = try condition(inner, .person, person, depth: depth + 1)
        let takesNone = comparison.holds(0, number)
        let wanted: SQL = "count(*)::numeric \(unchecked: comparison.sign) \(number)"
        let having: SQL = takesNone ? "NOT (\(fragment: wanted))" : wanted
        return """
            \(unchecked: row).id \(unchecked: takesNone ? "NOT IN" : "IN") (
                SELECT \(unchecked: membership).household_id
                FROM registry.membership AS \(unchecked: membership)
                JOIN registry.person AS \(unchecked: person)
                    ON \(unchecked: person).id = \(unchecked: membership).person_id
                WHERE \(unchecked: membership).valid_to IS NULL AND \(unchecked: person).status <> 'merged'
                  AND \(fragment: fits)
                GROUP BY \(unchecked: membership).household_id
                HAVING \(fragment: having))
            """
    }

    private mutating func household(
        _ inner: RegistryQuery, _ subject: SubjectKind, _ row: String, _ depth: Int
    ) throws(RegistryFault) -> SQL {
        guard subject == .person else { throw wrongSubject("household") }
        let home = alias()
        let fits = try condition(inner, .household, home, depth: depth + 1)
        if inner.isSelective {
            return """
                \(unchecked: row).household_id = ANY(ARRAY(
                    SELECT \(unchecked: home).id FROM registry.household AS \(unchecked: home)
                    WHERE \(unchecked: home).status <> 'merged' AND \(fragment: fits)))
                """
        }
        return """
            EXISTS (
                SELECT FROM registry.household AS \(unchecked: home)
                WHERE \(unchecked: home).id = \(unchecked: row).household_id AND \(unchecked: home).status <> 'merged'
                  AND \(fragment: fits))
            """
    }

    private func participates(_ programme: String, _ status: String?, _ row: String) throws(RegistryFault) -> SQL {
        try Self.check(programme, "programme")
        var condition: SQL = """
            t.subject_id = \(unchecked: row).id AND t.programme = \(programme)
            """
        if let status {
            try Self.check(status, "programme")
            condition += " AND t.status = \(status)"
        }
        return "EXISTS (SELECT FROM registry.participation AS t WHERE \(fragment: condition))"
    }
}

extension RegistryQuery {
    /// Whether it names its subjects, so that few rows are expected.
    var isSelective: Bool {
        switch self {
        case .identifier, .subjects: true
        case .compare(let field, .eq, _), .oneOf(let field, _):
            ["id", "social_id", "household_id"].contains(field.name)
        case .and(let parts): parts.contains { $0.isSelective }
        case .or(let parts): !parts.isEmpty && parts.allSatisfy { $0.isSelective }
        case .member(let inner), .household(let inner): inner.isSelective
        default: false
        }
    }
}

// MARK: Refusals

extension QueryCompiler {
    static func refusal(_ field: String, _ code: String, _ summary: String) -> RegistryFault {
        .invalid([Finding(FieldPath(["filter", field]), code: code, summary)])
    }

    func refusal(_ field: String, _ code: String, _ summary: String) -> RegistryFault {
        Self.refusal(field, code, summary)
    }

    static func tooMany(_ field: String) -> RegistryFault {
        refusal(field, "query.too_many_values", "At most \(RegistryQuery.Limits.values) values are accepted at once.")
    }

    func tooMany(_ field: String) -> RegistryFault { Self.tooMany(field) }

    func wrongSubject(_ field: String) -> RegistryFault {
        refusal(field, "query.subject", "This condition cannot be asked of the subject searched for.")
    }

    static func check(_ text: String, _ field: String) throws(RegistryFault) {
        guard Value.text(text).isAcceptable else {
            throw refusal(
                field, "value.text",
                "A text of at most \(RegistryQuery.Limits.text) characters without NUL is expected.")
        }
    }
}
