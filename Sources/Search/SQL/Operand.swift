import Foundation
import Groundwork
import Postgres
import Registry

/// The place in a row that a condition looks at.
struct Operand {
    var field: Field
    var shape: FieldShape
    var row: String

    var isExtra: Bool { shape.place == .extras }

    /// The column, when there is one.
    var column: SQL {
        switch shape.place {
        case .column(let name): "\(unchecked: row).\(identifier: name)"
        case .extras: extra
        }
    }

    /// The JSON value in `extras`.
    var extra: SQL { "(\(unchecked: row).extras -> \(field.name))" }

    /// The value as text; NULL when the JSON holds no text.
    var text: SQL {
        guard isExtra else { return column }
        return """
            CASE WHEN jsonb_typeof(\(fragment: extra)) = 'string' THEN \(unchecked: row).extras ->> \(field.name) END
            """
    }

    /// The value as an exact number; NULL when the JSON holds no number.
    var number: SQL {
        guard isExtra else { return column }
        return """
            CASE WHEN jsonb_typeof(\(fragment: extra)) = 'number'
                THEN (\(unchecked: row).extras ->> \(field.name))::numeric END
            """
    }
}

extension SQL {
    /// Texts are ordered by their bytes, whatever the collation of the database.
    func comparing(_ comparison: Comparison, _ text: String) -> SQL {
        switch comparison {
        case .eq, .ne: "(\(fragment: self)) \(unchecked: comparison.sign) \(text)"
        default: "(\(fragment: self)) COLLATE \"C\" \(unchecked: comparison.sign) \(text)"
        }
    }

    func comparing(_ comparison: Comparison, _ number: Decimal) -> SQL {
        "(\(fragment: self)) \(unchecked: comparison.sign) \(number)"
    }

    func comparing(_ comparison: Comparison, _ instant: Date) -> SQL {
        "(\(fragment: self)) \(unchecked: comparison.sign) \(instant)"
    }
}

extension Comparison {
    var sign: String {
        switch self {
        case .eq: "="
        case .ne: "<>"
        case .lt: "<"
        case .le: "<="
        case .gt: ">"
        case .ge: ">="
        }
    }

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .eq: left == right
        case .ne: left != right
        case .lt: left < right
        case .le: left <= right
        case .gt: left > right
        case .ge: left >= right
        }
    }
}

extension CodeList {
    /// The level of each code; nil unless every code has one.
    var levels: [String: Int]? {
        var result: [String: Int] = [:]
        for code in codes {
            guard let level = code.level else { return nil }
            result[code.code] = level
        }
        return result.isEmpty ? nil : result
    }
}

extension CalendarDate {
    /// Midnight in Coordinated Universal Time.
    var startUTC: Date { Date(timeIntervalSince1970: Double(daysSince1970) * 86_400) }
}

// MARK: Values of the right type

extension QueryCompiler {
    func check(_ values: [Value], _ field: Field) throws(RegistryFault) {
        guard values.count <= RegistryQuery.Limits.values else { throw tooMany(field.name) }
        for value in values {
            if case .text(let text) = value { try Self.check(text, field.name) }
            if case .number(let number) = value, number.isNaN { throw wrongType(field) }
        }
    }

    func texts(_ values: [Value], _ field: Field) throws(RegistryFault) -> [String] {
        var result: [String] = []
        for value in values {
            guard case .text(let text) = value else { throw wrongType(field) }
            result.append(text)
        }
        return result
    }

    func numbers(_ values: [Value], _ field: Field) throws(RegistryFault) -> [Decimal] {
        var result: [Decimal] = []
        for value in values {
            guard case .number(let number) = value else { throw wrongType(field) }
            result.append(number)
        }
        return result
    }

    func days(_ values: [Value], _ field: Field) throws(RegistryFault) -> [CalendarDate] {
        var result: [CalendarDate] = []
        for value in values {
            guard case .date(let day) = value else { throw wrongType(field) }
            result.append(day)
        }
        return result
    }

    func wrongType(_ field: Field) -> RegistryFault {
        refusal(field.name, "value.type", "The value is of another type than the attribute.")
    }

    func wrongComparison(_ field: Field) -> RegistryFault {
        refusal(field.name, "comparison.unsuited", "This attribute can be compared with eq, ne and in only.")
    }
}
