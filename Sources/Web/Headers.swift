/// Header fields in order; names are compared without regard to case (RFC 9110, section 5.1).
public struct Headers: Sendable, Sequence, ExpressibleByDictionaryLiteral {
    /// One field line.
    public typealias Field = (name: String, value: String)

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// Fields in the order written; a name may stand twice.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields.reserveCapacity(elements.count)
        for (name, value) in elements { add(name, value) }
    }

    /// Room for so many fields.
    package init(capacity: Int) {
        fields.reserveCapacity(capacity)
    }

    /// How many field lines there are.
    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    /// The first value of this name; setting replaces every field of the name, nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.matches($0.name, name) }?.value }
        set {
            guard let newValue else { return remove(name) }
            guard let place = fields.firstIndex(where: { Self.matches($0.name, name) }) else {
                return add(name, newValue)
            }
            fields[place].value = Self.safe(newValue)
            let rest = fields.index(after: place)
            if fields[rest...].contains(where: { Self.matches($0.name, name) }) {
                fields = fields[...place] + fields[rest...].filter { !Self.matches($0.name, name) }
            }
        }
    }

    /// Every value of this name, in order.
    public func all(_ name: String) -> [String] {
        fields.filter { Self.matches($0.name, name) }.map(\.value)
    }

    /// Adds a field beside those of the same name; a line break in `value` becomes a space, so it cannot forge a field.
    public mutating func add(_ name: String, _ value: String) {
        fields.append((name, Self.safe(value)))
    }

    /// Adds a field as the wire brought it, where line breaks are impossible.
    package mutating func append(received name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Takes every field of this name away.
    public mutating func remove(_ name: String) {
        fields.removeAll { Self.matches($0.name, name) }
    }

    public func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    private static func safe(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return value }
        return String(decoding: value.utf8.map { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }

    /// Whether two names are equal when letters A to Z count as a to z.
    package static func matches(_ left: String, _ right: String) -> Bool {
        let (left, right) = (left.utf8, right.utf8)
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}

extension Headers {
    /// The usual spelling of a header name: `content-type` becomes `Content-Type`.
    public static func canonical(_ name: String) -> String {
        var atStart = true
        var isCanonical = true
        for byte in name.utf8 {
            if atStart ? (0x61...0x7A).contains(byte) : (0x41...0x5A).contains(byte) { isCanonical = false }
            atStart = byte == 0x2D
        }
        if isCanonical { return name }
        atStart = true
        let bytes = name.utf8.map { byte -> UInt8 in
            defer { atStart = byte == 0x2D }
            if atStart { return (0x61...0x7A).contains(byte) ? byte & 0xDF : byte }
            return lower(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
