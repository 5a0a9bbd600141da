import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards

/// The answers of one household as the registry holds them, in the words of the registry.
struct HouseholdAnswers: Sendable {
    var household: UUID
    var version: Int32
    var areaOrder: Int32?
    /// In the order of ``BulkScorer/slots``.
    var texts: [String?]
}

/// Reads the answers of households page by page, by a binding; one statement a page, members included.
struct RegistryReading: Sendable {
    private let asOf: CalendarDate
    private let columns: SQL
    private let members: SQL?
    /// Places of the answers that are areas, and how they are told.
    private let areas: [Int: AreaCodeReader]
    private let slots: Int

    /// Which households are read.
    enum Scope: Sendable {
        case registry
        case area(ClosedRange<Int>)
        case households([UUID])
    }

    /// - Parameter areas: by input, for every input that is an area.
    init(_ formula: Formula, _ binding: Binding, areas readers: [String: AreaCodeReader], asOf: CalendarDate) {
        self.asOf = asOf
        slots = formula.inputs.count + formula.rows.count
        var (columns, members, areas): ([SQL], [SQL], [Int: AreaCodeReader]) = ([], [], [:])
        let day = RegistryDay(asOf)
        for (place, input) in formula.inputs.enumerated() {
            let field = binding.inputs[input.name]
            switch field.flatMap({ RegistryField($0.name) }) {
            case .household(let name): columns.append(Self.text(name, of: "h", RegistryColumns.household))
            case .area:
                areas[place] = readers[input.name]
                columns.append("NULL::text")
            case .head(let name):
                members.append(
                    """
                    max(CASE WHEN p.id = h.head_id THEN \(fragment: day.person(name)) END) AS c\(unchecked: String(place))
                    """)
                columns.append("m.c\(unchecked: String(place))")
            case .members:
                members.append("\(fragment: day.count(field?.count)) AS c\(unchecked: String(place))")
                columns.append("m.c\(unchecked: String(place))")
            case nil: columns.append("NULL::text")
            }
        }
        for (offset, set) in formula.rows.enumerated() {
            let place = String(formula.inputs.count + offset)
            guard let rows = binding.rows[set.name] else {
                columns.append("NULL::text")
                continue
            }
            if rows.items.isEmpty {
                members.append("\(fragment: day.list(rows)) AS c\(unchecked: place)")
                columns.append("m.c\(unchecked: place)")
            } else {
                columns.append(Self.items(rows.items))
            }
        }
        (self.columns, self.areas) = (SQL.joined(columns, by: ", "), areas)
        self.members = members.isEmpty ? nil : SQL.joined(members, by: ", ")
    }

    /// The value of an attribute as text; NULL when there is none.
    private static func text(_ name: String, of row: String, _ columns: Set<String>) -> SQL {
        columns.contains(name)
            ? "\(unchecked: row).\(identifier: name)::text" : "(\(unchecked: row).extras ->> \(name))"
    }

    /// A list that the registry keeps as attributes of the household.
    private static func items(_ items: [Binding.Item]) -> SQL {
        let objects: [SQL] = items.map { item in
            let fixed: [SQL] = item.fixed.sorted { $0.key < $1.key }.map { "\($0.key)::text, \($0.value)::text" }
            let fields: [SQL] = item.fields.sorted { $0.key < $1.key }.compactMap { key, name in
                guard case .household(let attribute) = RegistryField(name) else { return nil }
                return "\(key)::text, \(fragment: text(attribute, of: "h", RegistryColumns.household))"
            }
            return "jsonb_build_object(\(fragment: SQL.joined(fixed + fields, by: ", ")))"
        }
        return "jsonb_build_array(\(fragment: SQL.joined(objects, by: ", ")))::text"
    }

    /// The next households after one, in the order of their ids.
    func page(_ scope: Scope, after id: UUID, limit: Int) -> SQL {
        let which: SQL
        switch scope {
        case .registry: which = "true"
        case .area(let range): which = "h.area_order BETWEEN \(Int32(range.lowerBound)) AND \(Int32(range.upperBound))"
        case .households(let ids): which = "h.id = ANY(\(ids))"
        }
        var from: SQL = ""
        if let members {
            from = """
                CROSS JOIN LATERAL (
                    SELECT \(fragment: members) FROM registry.person AS p
                    WHERE p.household_id = h.id AND p.status <> 'merged') AS m
                """
        }
        return """
            SELECT h.id, h.version, h.area_order, \(fragment: columns)
            FROM (
                SELECT * FROM registry.household AS h
                WHERE h.id > \(id) AND h.status = 'active' AND \(fragment: which)
                ORDER BY h.id
                LIMIT \(limit)) AS h
            \(fragment: from)
            ORDER BY h.id
            """
    }

    func read(_ row: Row) throws(DatabaseError) -> HouseholdAnswers {
        let order: Int32? = try row.get(2)
        var texts: [String?] = []
        texts.reserveCapacity(slots)
        for place in 0..<slots {
            if let reader = areas[place] {
                texts.append(order.flatMap { reader.code(at: Int($0)) })
            } else {
                texts.append(try row.get(3 + place))
            }
        }
        return HouseholdAnswers(household: try row.get(0), version: try row.get(1), areaOrder: order, texts: texts)
    }
}

/// What is told of members on one day.
private struct RegistryDay {
    let day: CalendarDate

    init(_ day: CalendarDate) { self.day = day }

    /// Completed years, by counting dates as numbers of eight digits.
    private var age: SQL {
        let today = Int32(day.year * 10_000 + day.month * 100 + day.day)
        return """
            ((\(today) - (date_part('year', p.birth_date) * 10000 + date_part('month', p.birth_date) * 100
                + date_part('day', p.birth_date))::integer) / 10000)
            """
    }

    func person(_ name: String) -> SQL {
        switch name {
        case "age": return "\(fragment: age)::text"
        case "phones":
            return """
                (SELECT 'given' FROM registry.identifier AS i WHERE i.subject_id = p.id AND i.type = \(Contacts.phoneType) LIMIT 1)
                """
        default:
            return RegistryColumns.person.contains(name)
                ? "p.\(identifier: name)::text" : "(p.extras ->> \(name))"
        }
    }

    /// Members whose age lies within the bounds, or all of them.
    func count(_ within: Binding.Within?) -> SQL {
        guard let within else { return "count(*)::text" }
        var fits: [SQL] = []
        // Who is so many years old was born on the day so many years ago, or before.
        if let least = within.atLeast?.int { fits.append("p.birth_date <= \(birthday(least))") }
        if let end = within.below?.int { fits.append("p.birth_date > \(birthday(end))") }
        guard !fits.isEmpty else { return "count(*)::text" }
        let condition = SQL.joined(fits, by: " AND ")
        switch within.unknown {
        case .leaveOut: return "(count(*) FILTER (WHERE \(fragment: condition)))::text"
        case .fits: return "(count(*) FILTER (WHERE p.birth_date IS NULL OR (\(fragment: condition))))::text"
        case .refuse:
            return """
                CASE WHEN count(*) = count(p.birth_date)
                    THEN (count(*) FILTER (WHERE \(fragment: condition)))::text END
                """
        }
    }

    private func birthday(_ years: Int) -> CalendarDate { day.adding(months: -12 * years) }

    /// One object for each member, in the field names of the binding.
    func list(_ rows: Binding.Rows) -> SQL {
        let names = Set(rows.inputs.values.map(\.name)).sorted()
        let members: [SQL] = names.map { "\($0)::text, \(fragment: person($0))" }
        return """
            coalesce(jsonb_agg(jsonb_build_object(\(fragment: SQL.joined(members, by: ", "))) ORDER BY p.id), '[]')::text
            """
    }
}
