import Foundation
import Groundwork
import Postgres
import Registry
import Synchronization

/// Where the log ends, asked of the database at most ten times a second however many wait for it.
final class LogTail: Sendable {
    private struct Seen {
        var head: EventCursor
        var at: ContinuousClock.Instant
    }

    /// How old the answer may be.
    static let freshness: Duration = .milliseconds(100)

    private let database: Database
    private let seen: Mutex<Seen?> = Mutex(nil)

    init(_ database: Database) {
        self.database = database
    }

    /// The head of the log, at most `freshness` old.
    func head(_ mandate: Mandate) async throws -> EventCursor {
        let now = ContinuousClock.now
        if let held = seen.withLock({ $0 }), now - held.at < Self.freshness { return held.head }
        let head = try await database.read(as: mandate) { tx in try await EventLog.head(in: tx) }
        seen.withLock { $0 = Seen(head: head, at: now) }
        return head
    }

    /// Waits until the log goes beyond the cursor, another epoch begins, or the time is up.
    func waits(beyond cursor: EventCursor, until end: ContinuousClock.Instant, _ mandate: Mandate) async throws -> Bool
    {
        while true {
            let head = try await head(mandate)
            if head.epoch != cursor.epoch || head.pos > cursor.pos { return true }
            let now = ContinuousClock.now
            guard now < end else { return false }
            try await Task.sleep(for: min(Self.freshness, end - now))
        }
    }
}
