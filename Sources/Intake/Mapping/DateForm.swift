import Groundwork

/// One way in which a file writes days: a pattern such as `DD/MM/YYYY`, or the serial number of a spreadsheet.
struct DateForm: Sendable {
    private enum Element: Sendable, Equatable {
        case year, month, day
        case sign(Character)
        /// Whatever follows, such as a time of day.
        case rest
    }

    private enum Shape: Sendable {
        case pattern([Element])
        /// Days since the given one, which is day 0.
        case serial(since: Int)
    }

    let text: String
    private let shape: Shape

    /// - Parameter text: `YYYY`, `MM` and `DD` once at most, any signs between, `*` at the end for a rest that is passed
    ///   over; or `serial` (days since 1900 as spreadsheets count), or `serial1904`.
    init?(_ text: String) {
        self.text = text
        switch text {
        case "serial": shape = .serial(since: Self.dayZero1900)
        case "serial1904": shape = .serial(since: Self.dayZero1904)
        default:
            guard let elements = Self.elements(text) else { return nil }
            shape = .pattern(elements)
        }
    }

    /// 30 December 1899: right for every day from March 1900 on, since spreadsheets count a 29 February 1900.
    private static let dayZero1900: Int = CalendarDate(year: 1899, month: 12, day: 30)?.daysSince1970 ?? 0
    private static let dayZero1904: Int = CalendarDate(year: 1904, month: 1, day: 1)?.daysSince1970 ?? 0

    private static func elements(_ text: String) -> [Element]? {
        var rest = text[...]
        var elements: [Element] = []
        while let first = rest.first {
            let element: Element
            let length: Int
            if rest.hasPrefix("YYYY") {
                (element, length) = (.year, 4)
            } else if rest.hasPrefix("MM") {
                (element, length) = (.month, 2)
            } else if rest.hasPrefix("DD") {
                (element, length) = (.day, 2)
            } else if first == "*", rest.count == 1 {
                (element, length) = (.rest, 1)
            } else if !first.isLetter, !first.isNumber, first != "*" {
                (element, length) = (.sign(first), 1)
            } else {
                return nil
            }
            if case .sign = element {} else if elements.contains(element) { return nil }
            elements.append(element)
            rest = rest.dropFirst(length)
        }
        // A day without its month, or a month without its year, names nothing.
        guard elements.contains(.year), elements.contains(.month) || !elements.contains(.day) else { return nil }
        return elements
    }

    /// `YYYY-MM-DD`, or `YYYY-MM` or `YYYY` where the form says no more; nil where the word has not this form.
    func read(_ word: String) -> String? {
        switch shape {
        case .serial(let zero): serial(word, zero)
        case .pattern(let elements): pattern(word, elements)
        }
    }

    private func serial(_ word: String, _ zero: Int) -> String? {
        let whole = word.prefix { $0 != "." }
        let rest = word.dropFirst(whole.count).dropFirst()
        // From 1900 to 2099; less or more is another kind of number.
        guard let days = Int(whole), (1...73_050) ~= days, rest.utf8.allSatisfy({ ($0 &- 0x30) < 10 }) else {
            return nil
        }
        let isBeforeLeap = zero == Self.dayZero1900 && days < 60
        return CalendarDate(daysSince1970: zero + days + (isBeforeLeap ? 1 : 0))?.description
    }

    private func pattern(_ word: String, _ elements: [Element]) -> String? {
        var rest = word.utf8[...]
        var (year, month, day) = (0, 0, 0)
        func number(_ digits: ClosedRange<Int>) -> Int? {
            let found = rest.prefix { ($0 &- 0x30) < 10 }.prefix(digits.upperBound)
            guard digits.contains(found.count) else { return nil }
            rest = rest.dropFirst(found.count)
            return found.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        }
        for element in elements {
            switch element {
            case .year: year = number(4...4) ?? -1
            case .month: month = number(1...2) ?? -1
            case .day: day = number(1...2) ?? -1
            case .rest: rest = rest.suffix(0)
            case .sign(let sign):
                let bytes = String(sign).utf8
                guard rest.starts(with: bytes) else { return nil }
                rest = rest.dropFirst(bytes.count)
            }
            if year < 0 || month < 0 || day < 0 { return nil }
        }
        guard rest.isEmpty, !elements.contains(.month) || month > 0, !elements.contains(.day) || day > 0 else {
            return nil
        }
        if day > 0 { return CalendarDate(year: year, month: month, day: day)?.description }
        let text = Self.padded(year, 4) + (month > 0 ? "-" + Self.padded(month, 2) : "")
        return PartialDate(text) == nil ? nil : text
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
