import Foundation
import Groundwork
import Linkage
import Postgres
import Registry

extension QueryCompiler {
    func shape(_ field: Field, _ subject: SubjectKind) throws(RegistryFault) -> FieldShape {
        guard field.subject == subject else { throw wrongSubject(field.name) }
        guard let shape = FieldShape.of(field, context.dictionary) else {
            throw refusal(
                field.name, "attribute.unknown", "No such attribute of a \(subject.rawValue) can be searched.")
        }
        return shape
    }

    func compare(
        _ field: Field, _ comparison: Comparison, _ value: Value, _ subject: SubjectKind, _ row: String
    ) throws(RegistryFault) -> SQL {
        let shape = try shape(field, subject)
        try check([value], field)
        let operand = Operand(field: field, shape: shape, row: row)
        switch (shape.kind, value) {
        case (.text, .text(let text)):
            let plain = operand.text.comparing(comparison, text)
            return comparison == .eq ? prefiltered(plain, field, text, row) : plain
        case (.code(let list), .text(let code)):
            return try compareCode(operand, list, comparison, code)
        case (.set, .text(let text)):
            return try compareSet(operand, comparison, text)
        case (.date, .date(let day)), (.birthDate, .date(let day)):
            return operand.isExtra
                ? operand.text.comparing(comparison, day.description)
                : inRange(operand, comparison, Bounds(comparison, day.daysSince1970))
        case (.age, .number(let number)):
            return inRange(operand, comparison, Bounds(comparison, number)?.births(on: today))
        case (.birthYear, .number(let number)):
            return inRange(operand, comparison, Bounds(comparison, number)?.daysOfYears)
        case (.integer, .number(let number)) where !operand.isExtra:
            return wholeNumber(operand, comparison, Bounds(comparison, number))
        case (.integer, .number(let number)), (.decimal, .number(let number)):
            return operand.number.comparing(comparison, number)
        case (.boolean, .boolean(let truth)):
            return try compareTruth(operand, comparison, truth)
        case (.instant, .instant(let instant)):
            return operand.column.comparing(comparison, instant)
        case (.instant, .date(let day)):
            return compareDay(operand, comparison, day)
        case (.id, .text(let text)):
            return try compareID(operand, comparison, [text], subject)
        case (.socialID, .text(let text)):
            return try compareNumber(operand, comparison, [text], subject)
        case (.area, .text(let text)):
            return try compareArea(operand, comparison, [text])
        default: throw wrongType(field)
        }
    }

    func oneOf(
        _ field: Field, _ values: [Value], _ subject: SubjectKind, _ row: String
    ) throws(RegistryFault) -> SQL {
        let shape = try shape(field, subject)
        try check(values, field)
        guard !values.isEmpty else { return "FALSE" }
        let operand = Operand(field: field, shape: shape, row: row)
        switch shape.kind {
        case .text, .code: return "\(fragment: operand.text) = ANY(\(try texts(values, field)))"
        case .set: return try overlaps(operand, texts(values, field))
        case .decimal: return "\(fragment: operand.number) = ANY(\(try numbers(values, field)))"
        case .integer where operand.isExtra:
            return "\(fragment: operand.number) = ANY(\(try numbers(values, field)))"
        case .integer:
            let whole = try numbers(values, field).compactMap { Bounds(.eq, $0).flatMap { Int32(exactly: $0.low) } }
            return "\(fragment: operand.column) = ANY(\(whole))"
        case .id: return try compareID(operand, .eq, texts(values, field), subject)
        case .socialID: return try compareNumber(operand, .eq, texts(values, field), subject)
        case .area: return try compareArea(operand, .eq, texts(values, field))
        case .date where !operand.isExtra, .birthDate:
            return "\(fragment: operand.column) = ANY(\(try days(values, field)))"
        case .date:
            return "\(fragment: operand.text) = ANY(\(try days(values, field).map(\.description)))"
        case .age, .birthYear, .boolean, .instant:
            guard values.count <= 130 else { throw tooMany(field.name) }
            var parts: [SQL] = []
            for value in values { parts.append(try compare(field, .eq, value, subject, row)) }
            return "(\(fragment: SQL.joined(parts, by: " OR ")))"
        }
    }

    func isMissing(_ field: Field, _ subject: SubjectKind, _ row: String) throws(RegistryFault) -> SQL {
        let operand = Operand(field: field, shape: try shape(field, subject), row: row)
        if !operand.isExtra {
            if case .set = operand.shape.kind { return "cardinality(\(fragment: operand.column)) = 0" }
            return "\(fragment: operand.column) IS NULL"
        }
        let absent: SQL = "COALESCE(jsonb_typeof(\(fragment: operand.extra)), 'null') = 'null'"
        guard case .set = operand.shape.kind else { return absent }
        return "(\(fragment: absent) OR \(fragment: operand.extra) = '[]'::jsonb)"
    }

    // MARK: By kind

    /// An equal name has an equal key: the keys are indexed and the names are not.
    private func prefiltered(_ plain: SQL, _ field: Field, _ text: String, _ row: String) -> SQL {
        guard field == .person("given_name") || field == .person("family_name") else { return plain }
        let words = context.names.normaliser.tokens(text)
        let query = context.names.query(text)
        let keys = words.count > 1 && words.allSatisfy { $0.utf8.count > 1 } ? query.strong : query.weak
        guard !keys.isEmpty else { return plain }
        return """
            (\(unchecked: row).id IN (
                SELECT k.person_id FROM registry.name_key AS k WHERE k.h = ANY(\(keys)))
            AND \(fragment: plain))
            """
    }

    private func compareCode(
        _ operand: Operand, _ list: String?, _ comparison: Comparison, _ code: String
    ) throws(RegistryFault) -> SQL {
        if comparison == .eq || comparison == .ne { return operand.text.comparing(comparison, code) }
        guard let levels = list.flatMap({ context.dictionary.lists[$0] })?.levels, let level = levels[code] else {
            throw refusal(
                operand.field.name, "comparison.order", "The codes of this attribute have no order; use eq or in.")
        }
        let fitting = levels.filter { comparison.holds($0.value, level) }.keys.sorted()
        return "\(fragment: operand.text) = ANY(\(fitting))"
    }

    private func compareSet(
        _ operand: Operand, _ comparison: Comparison, _ text: String
    ) throws(RegistryFault) -> SQL {
        switch comparison {
        case .eq: return overlaps(operand, [text])
        case .ne:
            let missing = try isMissing(operand.field, operand.field.subject, operand.row)
            var present: SQL =
                "(\(fragment: missing)) IS NOT TRUE AND (\(fragment: overlaps(operand, [text]))) IS NOT TRUE"
            if operand.isExtra { present += " AND jsonb_typeof(\(fragment: operand.extra)) = 'array'" }
            return "(\(fragment: present))"
        default: throw wrongComparison(operand.field)
        }
    }

    private func overlaps(_ operand: Operand, _ texts: [String]) -> SQL {
        guard operand.isExtra else { return "\(fragment: operand.column) && \(texts)" }
        return """
            (jsonb_typeof(\(fragment: operand.extra)) = 'array' AND \(fragment: operand.extra) ?| \(texts))
            """
    }

    private func compareTruth(
        _ operand: Operand, _ comparison: Comparison, _ truth: Bool
    ) throws(RegistryFault) -> SQL {
        guard comparison == .eq || comparison == .ne else { throw wrongComparison(operand.field) }
        let wanted = comparison == .eq ? truth : !truth
        if operand.isExtra { return "\(fragment: operand.extra) = \(unchecked: wanted ? "'true'" : "'false'")::jsonb" }
        return "\(fragment: operand.column) = \(wanted)"
    }

    private func compareID(
        _ operand: Operand, _ comparison: Comparison, _ texts: [String], _ subject: SubjectKind
    ) throws(RegistryFault) -> SQL {
        var ids: [UUID] = []
        for text in texts {
            guard let id = ID<Person>(text) else {
                throw refusal(operand.field.name, "type.id", "An id of 36 characters is expected.")
            }
            ids.append(id.rawValue)
        }
        let meant: SubjectKind =
            switch operand.field.name {
            case "household_id": .household
            case "head_id": .person
            default: subject
            }
        let survivors = Self.survivors(meant, of: "SELECT unnest(\(ids))")
        return try opposed("\(fragment: operand.column) = ANY(\(fragment: survivors))", operand, comparison)
    }

    private func compareNumber(
        _ operand: Operand, _ comparison: Comparison, _ numbers: [String], _ subject: SubjectKind
    ) throws(RegistryFault) -> SQL {
        try opposed(survivors(subject, operand.row, Self.numbered(numbers, subject)), operand, comparison)
    }

    private func compareArea(
        _ operand: Operand, _ comparison: Comparison, _ references: [String]
    ) throws(RegistryFault) -> SQL {
        var ranges: [ClosedRange<Int>] = []
        for reference in references {
            guard let area = areas.area(reference) else {
                throw refusal(
                    operand.field.name, "area.unknown", "No area has this code; look it up under /api/v1/areas.")
            }
            ranges.append(area.range)
        }
        return try opposed(within(try Self.merged(ranges), operand.row), operand, comparison)
    }

    /// The condition for `eq`; for `ne`, that there is a value and the condition does not hold.
    private func opposed(_ equal: SQL, _ operand: Operand, _ comparison: Comparison) throws(RegistryFault) -> SQL {
        switch comparison {
        case .eq: equal
        case .ne: "(\(fragment: operand.column) IS NOT NULL AND (\(fragment: equal)) IS NOT TRUE)"
        default: throw wrongComparison(operand.field)
        }
    }

    private func compareDay(_ operand: Operand, _ comparison: Comparison, _ day: CalendarDate) -> SQL {
        let (start, end) = (day.startUTC, day.adding(days: 1).startUTC)
        let column = operand.column
        switch comparison {
        case .lt: return "\(fragment: column) < \(start)"
        case .le: return "\(fragment: column) < \(end)"
        case .gt: return "\(fragment: column) >= \(end)"
        case .ge: return "\(fragment: column) >= \(start)"
        case .eq: return "(\(fragment: column) >= \(start) AND \(fragment: column) < \(end))"
        case .ne: return "(\(fragment: column) < \(start) OR \(fragment: column) >= \(end))"
        }
    }

    // MARK: Ranges

    /// A day column within bounds counted in days since 1970; `ne` asks for the outside.
    private func inRange(_ operand: Operand, _ comparison: Comparison, _ bounds: Bounds?) -> SQL {
        ranged(
            operand, comparison, bounds, reach: CalendarDate.earliest.daysSince1970...CalendarDate.latest.daysSince1970
        ) {
            "\(CalendarDate(daysSince1970: $0) ?? .latest)"
        }
    }

    private func wholeNumber(_ operand: Operand, _ comparison: Comparison, _ bounds: Bounds?) -> SQL {
        ranged(operand, comparison, bounds, reach: Int(Int32.min)...Int(Int32.max)) { "\(Int32(clamping: $0))" }
    }

    private func ranged(
        _ operand: Operand, _ comparison: Comparison, _ bounds: Bounds?, reach: ClosedRange<Int>,
        literal: (Int) -> SQL
    ) -> SQL {
        let column = operand.column
        let anything: SQL = "\(fragment: column) IS NOT NULL"
        guard let bounds, bounds.low <= reach.upperBound, bounds.high >= reach.lowerBound else {
            return comparison == .ne ? anything : "FALSE"
        }
        if comparison == .ne {
            var outside: [SQL] = []
            if bounds.low > reach.lowerBound {
                outside.append("\(fragment: column) < \(fragment: literal(bounds.low))")
            }
            if bounds.high < reach.upperBound {
                outside.append("\(fragment: column) > \(fragment: literal(bounds.high))")
            }
            return outside.isEmpty ? "FALSE" : "(\(fragment: SQL.joined(outside, by: " OR ")))"
        }
        if bounds.low == bounds.high { return "\(fragment: column) = \(fragment: literal(bounds.low))" }
        var inside: [SQL] = []
        if bounds.low > reach.lowerBound { inside.append("\(fragment: column) >= \(fragment: literal(bounds.low))") }
        if bounds.high < reach.upperBound { inside.append("\(fragment: column) <= \(fragment: literal(bounds.high))") }
        return inside.isEmpty ? anything : "(\(fragment: SQL.joined(inside, by: " AND ")))"
    }
}
