public import struct Foundation.Decimal
public import Groundwork

/// A JSON document or a part of one, as RFC 8259 knows it.
///
/// Objects keep the order of their members, and numbers their exact text; equality ignores both, so `1.0` equals `1` and
/// `{"a":1,"b":2}` equals `{"b":2,"a":1}`.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// The text of a string; nil for every other kind.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The value of a number that is whole and fits; nil for every other kind.
    public var int: Int? {
        if case .number(let number) = self { number.int } else { nil }
    }

    /// The value of a number that `Decimal` holds exactly; nil for every other kind.
    public var decimal: Decimal? {
        if case .number(let number) = self { number.decimal } else { nil }
    }

    /// The number with its exact text; nil for every other kind.
    public var number: JSONNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    /// True or false; nil for every other kind.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The items of an array; nil for every other kind.
    public var array: [JSON]? {
        if case .array(let items) = self { items } else { nil }
    }

    /// The members of an object; nil for every other kind.
    public var object: JSONObject? {
        if case .object(let members) = self { members } else { nil }
    }

    /// True for null only, not for a missing member.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of that name; nil when this is no object or has no such member.
    public subscript(_ key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The item at that place; nil when this is no array or is shorter.
    public subscript(_ index: Int) -> JSON? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The value that the path leads to; array items are named by their decimal index, as in RFC 6901.
    public func value(at path: FieldPath) -> JSON? {
        var current = self
        for step in path.steps {
            switch current {
            case .object(let members):
                guard let next = members[step] else { return nil }
                current = next
            case .array:
                guard let index = JSON.arrayIndex(step), let next = current[index] else { return nil }
                current = next
            default: return nil
            }
        }
        return current
    }

    /// RFC 6901 allows no sign and no leading zero.
    private static func arrayIndex(_ step: String) -> Int? {
        guard let index = Int(step), index >= 0, String(index) == step else { return nil }
        return index
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}
