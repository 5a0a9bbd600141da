import Postgres
import Scorecards

/// An exact decimal in PostgreSQL's binary form, of any length.
///
/// The digits go in groups of four around the point, from numeric_send in src/backend/utils/adt/numeric.c.
struct EncodedNumeric: SQLValue {
    let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(_ value: ExactDecimal) { bytes = Self.encode(value) }

    static var sqlType: SQLType { .numeric }

    func encode(into buffer: inout SQLBuffer) { buffer.append(bytes) }

    static func decode(_ cell: SQLCell) throws(DatabaseError) -> EncodedNumeric {
        EncodedNumeric(bytes: Array(try cell.required()))
    }

    @Sendable static func encode(_ value: ExactDecimal) -> [UInt8] {
        var (isNegative, digits, scale, seenPoint) = (false, [UInt8](), 0, false)
        for byte in value.description.utf8 {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): seenPoint = true
            default:
                digits.append(byte - UInt8(ascii: "0"))
                if seenPoint { scale += 1 }
            }
        }
        let whole = digits.count - scale
        let lead = (4 - whole % 4) % 4
        digits.insert(contentsOf: [UInt8](repeating: 0, count: lead), at: 0)
        while digits.count % 4 != 0 { digits.append(0) }
        var groups = stride(from: 0, to: digits.count, by: 4).map { place in
            digits[place..<place + 4].reduce(UInt16(0)) { $0 * 10 + UInt16($1) }
        }
        var weight = (whole + lead) / 4 - 1
        while groups.first == 0 {
            groups.removeFirst()
            weight -= 1
        }
        while groups.last == 0 { groups.removeLast() }
        if groups.isEmpty { (weight, isNegative) = (0, false) }
        var words = [
            UInt16(groups.count), UInt16(bitPattern: Int16(weight)), isNegative ? 0x4000 : 0, UInt16(scale),
        ]
        words += groups
        return words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}

extension ExactDecimal {
    /// Reads the text that PostgreSQL prints for a numeric.
    init(stored text: String) throws(TargetingFault) {
        guard let value = ExactDecimal(text) else { throw .defect("a stored score is no number") }
        self = value
    }
}
