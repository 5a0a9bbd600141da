import Foundation
import Groundwork
import Postgres
import Registry

/// What a condition asks of the members of all households, collected so that one pass over the people answers it.
struct Gathering {
    /// Alias of the household's row in the outer statement.
    let row: String
    /// Alias of a person within the pass.
    let person: String
    /// Name of the table that the pass makes: one line for each household with members that matter.
    let table: String
    /// Expressions over the members of one household.
    var columns: [SQL] = []
    /// Which members matter; nil as soon as all do.
    var wanted: [SQL]? = []

    /// - Returns: how the outer statement names the value.
    mutating func add(_ expression: SQL) -> SQL {
        columns.append(expression)
        return "\(unchecked: table).c\(unchecked: String(columns.count))"
    }

    mutating func want(_ condition: SQL?) {
        guard let condition else { return wanted = nil }
        wanted?.append(condition)
    }

    /// The pass, as the body of a common table expression; nil when no member was asked for.
    ///
    /// A person's own row names the household of the primary membership; the few households that have a member whose primary
    /// one is another are asked through their memberships. Materialised by its user, because each parallel worker would else
    /// make the whole of it for itself.
    ///
    /// - Parameter homes: selects the ids of the households that matter; nil for all.
    func statement(homes: SQL?) -> SQL? {
        guard !columns.isEmpty else { return nil }
        let values = SQL.joined(
            columns.enumerated().map { place, column -> SQL in
                "\(fragment: column) AS c\(unchecked: String(place + 1))"
            }, by: ", ")
        var matter: SQL = ""
        if let wanted { matter = " AND (\(fragment: SQL.joined(wanted, by: " OR ")))" }
        func limited(_ column: SQL) -> SQL {
            guard let homes else { return "" }
            return " AND \(fragment: column) IN (\(fragment: homes))"
        }
        let own: SQL = "\(unchecked: person).household_id"
        let shared: SQL =
            "SELECT s.household_id FROM registry.membership AS s WHERE s.valid_to IS NULL AND NOT s.is_primary"
        return """
            SELECT \(fragment: own) AS home, \(fragment: values)
            FROM registry.person AS \(unchecked: person)
            WHERE \(fragment: own) IS NOT NULL AND \(unchecked: person).status <> 'merged'
              AND \(fragment: own) NOT IN (\(fragment: shared))\(fragment: limited(own))\(fragment: matter)
            GROUP BY \(fragment: own)
            UNION ALL
            SELECT m.household_id AS home, \(fragment: values)
            FROM registry.membership AS m
            JOIN registry.person AS \(unchecked: person) ON \(unchecked: person).id = m.person_id
            WHERE m.valid_to IS NULL AND \(unchecked: person).status <> 'merged'
              AND m.household_id IN (\(fragment: shared))\(fragment: limited("m.household_id"))\(fragment: matter)
            GROUP BY m.household_id
            """
    }
}

extension QueryCompiler {
    /// How many members of the household fit, by the one pass.
    mutating func gatheredCount(_ inner: RegistryQuery, _ depth: Int) throws(RegistryFault) -> SQL {
        guard var gathering else { return "0" }
        let fits = try condition(inner, .person, gathering.person, depth: depth + 1)
        gathering.want(inner == .everything ? nil : fits)
        let column = gathering.add("count(*) FILTER (WHERE \(fragment: fits))")
        self.gathering = gathering
        return "COALESCE(\(fragment: column), 0)"
    }

    mutating func memberTotal(
        _ field: Field, _ isAverage: Bool, _ inner: RegistryQuery, _ comparison: Comparison, _ number: Decimal,
        _ subject: SubjectKind, _ row: String, _ depth: Int
    ) throws(RegistryFault) -> SQL {
        guard subject == .household else { throw wrongSubject("member") }
        let sign: SQL = "\(unchecked: comparison.sign)"
        if var gathering, gathering.row == row {
            let fits = try condition(inner, .person, gathering.person, depth: depth + 1)
            let value = try self.number(of: field, .person, gathering.person)
            let known = try isKnown(field, .person, gathering.person)
            gathering.want("(\(fragment: known) AND \(fragment: fits))")
            let sum = gathering.add("sum(\(fragment: value)) FILTER (WHERE \(fragment: fits))")
            guard isAverage else {
                self.gathering = gathering
                return "\(fragment: sum) \(fragment: sign) \(number)"
            }
            let count = gathering.add("count(*) FILTER (WHERE \(fragment: known) AND \(fragment: fits))")
            self.gathering = gathering
            return "\(fragment: sum) \(fragment: sign) \(number) * \(fragment: count)"
        }
        let (membership, person) = (alias(), alias())
        let fits = try condition(inner, .person, person, depth: depth + 1)
        let value = try self.number(of: field, .person, person)
        // An average is compared by its sum, so that nothing is divided; of no value there is neither.
        let bound: SQL = isAverage ? "\(number) * count(\(fragment: value))" : "\(number)"
        return """
            \(unchecked: row).id IN (
                SELECT \(unchecked: membership).household_id
                FROM registry.membership AS \(unchecked: membership)
                JOIN registry.person AS \(unchecked: person)
                    ON \(unchecked: person).id = \(unchecked: membership).person_id
                WHERE \(unchecked: membership).valid_to IS NULL AND \(unchecked: person).status <> 'merged'
                  AND \(fragment: fits)
                GROUP BY \(unchecked: membership).household_id
                HAVING sum(\(fragment: value)) \(fragment: sign) \(fragment: bound))
            """
    }

    // MARK: Two attributes

    /// The number that an attribute holds, whatever keeps it; NULL where it is missing or none.
    func number(of field: Field, _ subject: SubjectKind, _ row: String) throws(RegistryFault) -> SQL {
        let operand = Operand(field: field, shape: try shape(field, subject), row: row)
        switch operand.shape.kind {
        case .age:
            // Counting the birthdays that lie before the birth takes a quarter of the time of `age`.
            let birthdays = birthdays
            return "(\(birthdays.count) - width_bucket(\(fragment: operand.column), \(birthdays)))"
        case .birthYear: return "date_part('year', \(fragment: operand.column))::integer"
        case .integer, .decimal: return operand.number
        default: throw wrongType(field)
        }
    }

    /// The first days of birth of those who have not completed one, two, … years, the earliest first.
    private var birthdays: [CalendarDate] {
        (1..<max(2, today.year)).reversed().map { today.adding(months: -12 * $0).adding(days: 1) }
    }

    /// Whether there is a number, without working it out where a column tells.
    private func isKnown(_ field: Field, _ subject: SubjectKind, _ row: String) throws(RegistryFault) -> SQL {
        let operand = Operand(field: field, shape: try shape(field, subject), row: row)
        let value = operand.isExtra ? try number(of: field, subject, row) : operand.column
        return "(\(fragment: value)) IS NOT NULL"
    }

    func compare(
        _ left: Field, _ comparison: Comparison, _ right: Field, _ subject: SubjectKind, _ row: String
    ) throws(RegistryFault) -> SQL {
        let (one, other) = (try shape(left, subject).comparable, try shape(right, subject).comparable)
        guard let one, one == other else { throw wrongType(right) }
        let isEquality = comparison == .eq || comparison == .ne
        guard one.hasOrder || isEquality else { throw wrongComparison(left) }
        func side(_ field: Field) throws(RegistryFault) -> SQL {
            let operand = Operand(field: field, shape: try shape(field, subject), row: row)
            switch one {
            case .number: return "(\(fragment: try number(of: field, subject, row)))::numeric"
            case .day:
                return operand.isExtra
                    ? "(\(fragment: operand.text)) COLLATE \"C\"" : "\(fragment: operand.column)::text COLLATE \"C\""
            case .text: return "(\(fragment: operand.text)) COLLATE \"C\""
            case .code: return "(\(fragment: operand.text))"
            case .truth:
                guard operand.isExtra else { return operand.column }
                let extra = operand.extra
                return "CASE WHEN jsonb_typeof(\(fragment: extra)) = 'boolean' THEN (\(fragment: extra))::boolean END"
            }
        }
        return "\(fragment: try side(left)) \(unchecked: comparison.sign) \(fragment: try side(right))"
    }

    // MARK: Scores

    func scored(
        _ formula: String, _ subject: SubjectKind, _ row: String, _ more: SQL
    ) throws(RegistryFault) -> SQL {
        guard subject == .household else { throw wrongSubject("score") }
        try Self.check(formula, "score")
        return """
            EXISTS (
                SELECT FROM targeting.score_in_force AS s
                WHERE s.household_id = \(unchecked: row).id AND s.formula = \(formula)\(fragment: more))
            """
    }
}

extension FieldShape {
    /// Attributes that can be compared with one another.
    enum Comparable: Equatable {
        case number, day, text, code, truth

        var hasOrder: Bool { self != .code && self != .truth }
    }

    var comparable: Comparable? {
        switch kind {
        case .age, .birthYear, .integer, .decimal: .number
        case .date, .birthDate: .day
        case .text: .text
        case .code: .code
        case .boolean: .truth
        case .set, .instant, .id, .area, .socialID: nil
        }
    }
}
