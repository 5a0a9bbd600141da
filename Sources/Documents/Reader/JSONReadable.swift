public import Foundation
public import Groundwork

/// A value that can be read from one JSON value.
public protocol JSONReadable {
    /// Nil when the JSON is not of this kind.
    init?(json: JSON)
    /// What was expected, to complete "must be …": `a whole number`, `a date written YYYY-MM-DD`.
    static var expectation: String { get }
}

extension JSON: JSONReadable {
    public init?(json: JSON) { self = json }
    public static var expectation: String { "a value" }
}

extension JSONObject: JSONReadable {
    public init?(json: JSON) {
        guard let object = json.object else { return nil }
        self = object
    }
    public static var expectation: String { "an object" }
}

extension JSONNumber: JSONReadable {
    public init?(json: JSON) {
        guard let number = json.number else { return nil }
        self = number
    }
    public static var expectation: String { "a number" }
}

extension String: JSONReadable {
    public init?(json: JSON) {
        guard let text = json.string else { return nil }
        self = text
    }
    public static var expectation: String { "a text" }
}

extension Bool: JSONReadable {
    public init?(json: JSON) {
        guard let value = json.bool else { return nil }
        self = value
    }
    public static var expectation: String { "true or false" }
}

extension Int: JSONReadable {
    public init?(json: JSON) {
        guard let value = json.int else { return nil }
        self = value
    }
    public static var expectation: String { "a whole number" }
}

extension Decimal: JSONReadable {
    public init?(json: JSON) {
        guard let value = json.decimal else { return nil }
        self = value
    }
    public static var expectation: String { "a number of at most 38 digits" }
}

extension UUID: JSONReadable {
    public init?(json: JSON) {
        guard let text = json.string, text.utf8.count == 36, let value = UUID(uuidString: text) else { return nil }
        self = value
    }
    public static var expectation: String { "a UUID of 36 characters" }
}

extension ID: JSONReadable {
    public init?(json: JSON) {
        guard let value = UUID(json: json) else { return nil }
        self.init(value)
    }
    public static var expectation: String { UUID.expectation }
}

extension CalendarDate: JSONReadable {
    public init?(json: JSON) {
        guard let text = json.string else { return nil }
        self.init(text)
    }
    public static var expectation: String { "a date written YYYY-MM-DD" }
}

extension PartialDate: JSONReadable {
    public init?(json: JSON) {
        guard let text = json.string else { return nil }
        self.init(text)
    }
    public static var expectation: String { "a date written YYYY-MM-DD, YYYY-MM or YYYY" }
}

extension Date: JSONReadable {
    public init?(json: JSON) {
        guard let text = json.string, let instant = RFC3339.instant(text) else { return nil }
        self = instant
    }
    public static var expectation: String { "a date and time with offset, such as 2026-03-01T08:30:00Z" }
}

extension Array: JSONReadable where Element: JSONReadable {
    public init?(json: JSON) {
        guard let items = json.array else { return nil }
        var values: [Element] = []
        values.reserveCapacity(items.count)
        for item in items {
            guard let value = Element(json: item) else { return nil }
            values.append(value)
        }
        self = values
    }
    public static var expectation: String { "a list, each item \(Element.expectation)" }
}
