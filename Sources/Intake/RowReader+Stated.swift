import Documents
import Foundation
import Groundwork
import Registry

/// What a programme reported, and codes of areas.
extension RowReader {
    func takeStated(_ text: String, _ bound: Bound, _ read: inout ReadRow) {
        let column = bound.column
        let value: JSON?
        switch column.attribute {
        case "amount": value = money(text, column, &read)
        // An enrolment may be planned, and its last day lie ahead.
        case "from", "to": value = dayAhead(text, column.name, &read).map { .string($0.description) }
        case "detail": return detail(text, column.name, &read)
        case "kind" where column.list == nil: value = kind(text, column.name, &read)
        default: value = self.value(bound, text, &read)
        }
        if let value { read.stated[column.attribute] = value }
    }

    /// A day that may lie in the future.
    func dayAhead(_ text: String, _ field: String, _ read: inout ReadRow) -> CalendarDate? {
        if let day = CalendarDate(text) { return day }
        read.refuse(field, "date.invalid", "There is no such day.", "Write a day that exists as YYYY-MM-DD.")
        return nil
    }

    /// Whether somebody or a household is no longer active; what follows from other facts says nothing.
    func status(_ text: String, _ bound: Bound, _ read: inout ReadRow) -> JSON? {
        switch text {
        case "inactive": return ["value": "inactive"]
        case "active", "deceased": return nil
        default:
            read.refuse(
                bound.column.name, "code.unknown", "The word is no status.",
                "Use one of: active, inactive, deceased.")
            return nil
        }
    }

    private func detail(_ text: String, _ field: String, _ read: inout ReadRow) {
        // PostgreSQL keeps no zero character, however it is written.
        let hasZero = text.utf8.contains(0) || text.lowercased().contains("\\u0000")
        guard !hasZero, let object = (try? JSON.parse(Array(text.utf8)))?.object else {
            return read.refuse(
                field, "detail.malformed", "The cell is no object of JSON.", "Write it as {\"round\": \"3\"}.")
        }
        for (name, value) in object { read.stated["detail." + name] = value }
    }

    private func kind(_ text: String, _ field: String, _ read: inout ReadRow) -> JSON? {
        if Participation.Kind(rawValue: text) != nil { return .string(text) }
        read.refuse(
            field, "code.unknown", "The word is neither enrolment nor benefit.", "Use one of: enrolment, benefit.")
        return nil
    }

    /// An amount as whole minor units; the column says how many digits of it lie behind the point.
    private func money(_ text: String, _ column: FileMapping.Column, _ read: inout ReadRow) -> JSON? {
        guard Self.isDecimal(text), !text.hasPrefix("-"), !text.hasPrefix("+"), let amount = Decimal(string: text),
            amount.isFinite, text.utf8.count <= 24
        else {
            read.refuse(column.name, "type.decimal", "The cell is no amount.", "Write it as 36000 or 12.50.")
            return nil
        }
        let digits = column.digits ?? 0
        if digits < 3, let point = text.firstIndex(of: "."), text[point...].count == 4 {
            read.refuse(
                column.name, "money.ambiguous", "Three digits behind a point may be thousands or a fraction.",
                "Write the amount without points, as 36000.")
            return nil
        }
        var scaled = Decimal()
        var given = amount
        guard NSDecimalMultiplyByPowerOf10(&scaled, &given, Int16(clamping: digits), .plain) == .noError,
            scaled <= 1_000_000_000_000_000
        else {
            read.refuse(column.name, "number.range", "The amount is out of range.", "Give a smaller amount.")
            return nil
        }
        guard let units = Int(scaled.description) else {
            read.refuse(
                column.name, "money.fraction", "The amount has more than \(digits) digits behind the point.",
                "Write it in units that the currency has.")
            return nil
        }
        return .number(JSONNumber(units))
    }
}
