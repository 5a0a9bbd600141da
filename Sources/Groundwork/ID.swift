public import Foundation
import Synchronization

/// The identity of one `Subject`; identities of different subjects do not mix.
///
/// New identities are UUID version 7 (RFC 9562): they sort by the time they were made.
public struct ID<Subject>: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: UUID

    public init(_ rawValue: UUID) {
        self.rawValue = rawValue
    }

    /// A new identity, later in order than every one this process made before.
    public init() {
        rawValue = UUIDv7.next()
    }

    /// Reads the 36-character text form; nil when it is not a UUID.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 36, let value = UUID(uuidString: String(text)) else { return nil }
        rawValue = value
    }

    /// The lower-case text form.
    public var description: String { rawValue.lowercased }

    public static func < (left: ID, right: ID) -> Bool {
        left.rawValue.sortsBefore(right.rawValue)
    }
}

extension UUID {
    /// The 36-character form in lower case, as PostgreSQL prints it.
    public var lowercased: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var place = 0
            withUnsafeBytes(of: uuid) { bytes in
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        buffer[place] = 0x2D
                        place += 1
                    }
                    buffer[place] = UUIDv7.digit(bytes[index] >> 4)
                    buffer[place + 1] = UUIDv7.digit(bytes[index] & 15)
                    place += 2
                }
            }
            return place
        }
    }

    /// Byte order, which is also PostgreSQL's order of the type `uuid`.
    public func sortsBefore(_ other: UUID) -> Bool {
        withUnsafeBytes(of: uuid) { left in
            withUnsafeBytes(of: other.uuid) { right in
                left.lexicographicallyPrecedes(right)
            }
        }
    }
}

/// Makes UUID version 7 values: 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits.
public enum UUIDv7 {
    private static let last = Mutex<UInt64>(0)

    /// The next value; within one process each is greater than the one before.
    public static func next() -> UUID {
        let now = UInt64(max(0, Date().timeIntervalSince1970 * 1000))
        // The stamp is milliseconds × 4096 + counter, so that more than 4096 in one millisecond borrow from the next.
        let stamp = last.withLock { last in
            last = max(now << 12, last + 1)
            return last
        }
        return value(stamp: stamp, random: Entropy.next())
    }

    /// A reproducible value: the same milliseconds, counter and random bits give the same UUID.
    public static func value(stamp: UInt64, random: UInt64) -> UUID {
        let high = ((stamp >> 12) << 16) | 0x7000 | (stamp & 0xFFF)
        let low = (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        func byte(_ value: UInt64, _ shift: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: value >> shift) }
        return UUID(
            uuid: (
                byte(high, 56), byte(high, 48), byte(high, 40), byte(high, 32),
                byte(high, 24), byte(high, 16), byte(high, 8), byte(high, 0),
                byte(low, 56), byte(low, 48), byte(low, 40), byte(low, 32),
                byte(low, 24), byte(low, 16), byte(low, 8), byte(low, 0)
            ))
    }

    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}
