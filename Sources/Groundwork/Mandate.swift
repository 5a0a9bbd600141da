import struct Foundation.UUID

/// Whoever acts: a person who uses the registry, a system, or a worker of its own.
public enum Actor {}
public typealias ActorID = ID<Actor>

/// Who acts, why, and in which request: no write happens without one.
public struct Mandate: Sendable {
    public var actor: ActorID
    public var purpose: Purpose
    public var trace: TraceID

    public init(actor: ActorID, purpose: Purpose, trace: TraceID = TraceID()) {
        (self.actor, self.purpose, self.trace) = (actor, purpose, trace)
    }
}

/// Why personal data is touched.
public struct Purpose: Sendable, Hashable, RawRepresentable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let registration: Purpose = Purpose(rawValue: "registration")
    public static let maintenance: Purpose = Purpose(rawValue: "maintenance")
    public static let `import`: Purpose = Purpose(rawValue: "import")
    public static let search: Purpose = Purpose(rawValue: "search")
    public static let operation: Purpose = Purpose(rawValue: "operation")
}

/// A W3C trace id: 16 bytes, printed as 32 lower-case hexadecimal digits, never all zero.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init() {
        // All zero means "no trace" in the standard.
        description = Entropy.hex(Entropy.next() | 1, Entropy.next())
    }

    /// Nil unless the text is 32 lower-case hexadecimal digits and not all zero.
    public init?(_ text: String) {
        guard text.utf8.count == 32, text.utf8.contains(where: { $0 != 0x30 }) else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        description = text
    }
}

/// A value that no log, description or dump shows.
public struct Sensitive<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: Value

    public init(_ value: Value) {
        self.value = value
    }

    /// The only way to the value; every use is greppable.
    public func reveal() -> Value { value }

    public var description: String { "‹sensitive›" }
    public var debugDescription: String { "‹sensitive›" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
