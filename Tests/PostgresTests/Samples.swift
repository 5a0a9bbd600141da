import Foundation
import Groundwork
import Postgres
import Synchronization
import TestKit

/// Somebody for tests to act as.
let tester = Mandate(actor: ActorID(), purpose: .operation)

/// A generator that gives the same numbers again for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    // SplitMix64, public domain, by Sebastiano Vigna.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Sends a value to the server and reads it back.
func echo<Value: SQLValue>(_ value: Value) async throws -> Value {
    let rows = try await Scratch.database.read(as: tester, once: ["SELECT \(value)"])
    return try rows[0][0].get(0)
}

/// Sends a value and reads what the server prints for it.
func printed<Value: SQLValue>(_ value: Value) async throws -> String {
    let rows = try await Scratch.database.read(as: tester, once: ["SELECT (\(value))::text"])
    return try rows[0][0].get(0)
}

/// Counts across tasks.
final class Counter: Sendable {
    private let count = Mutex(0)

    func increment() {
        count.withLock { $0 += 1 }
    }

    var value: Int { count.withLock { $0 } }
}
