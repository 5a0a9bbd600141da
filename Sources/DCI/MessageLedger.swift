import struct Foundation.Date
package import Groundwork
package import Postgres
package import Runtime
import Synchronization

/// Remembers which message ids were used for which bodies, for at least a day (docs/dci.md, 11).
///
/// A search changes nothing, so the ledger need not be written before the answer leaves: an id is held in memory at once
/// and reaches the table together with others, a few hundred in one statement. The question whether an id is taken costs
/// one key look-up that travels with the search itself. What a crash can lose are the ids of the last moment; what two
/// servers can both accept is an id that was sent to both within that moment with two bodies.
package final class MessageLedger: Service {
    /// One message as the ledger knows it.
    package struct Entry: Hashable, Sendable {
        package var senderID: String
        package var messageID: String

        package init(senderID: String, messageID: String) {
            (self.senderID, self.messageID) = (senderID, messageID)
        }
    }

    /// What memory alone can say about a message.
    package enum Claim: Sendable, Equatable {
        /// Not seen here lately; the table has to be asked.
        case unknown
        /// The same message came a moment ago.
        case repeated
        /// The id belongs to another body.
        case taken
    }

    private struct Seen {
        var hash: [UInt8]
        var at: Date
    }

    private struct State {
        /// Not yet in the table.
        var waiting: [Entry: Seen] = [:]
        /// On the way into the table.
        var leaving: [Entry: Seen] = [:]
        var oldest: Date?
        var isFlushing = false
        /// Written since the table was last found empty or small, and at how many its statistics are taken again.
        var written = 0
        var nextAnalysis = MessageLedger.firstAnalysis
    }

    package let name: String = "dci-message-ledger"
    private let database: Database
    private let mandate: Mandate
    private let clock: any WallClock
    /// In seconds.
    private let window: Int
    private let state: Mutex<State> = Mutex(State())

    /// More than this waits for no timer.
    private static let batch = 512
    /// Seconds after which the next message takes the waiting ones along.
    private static let patience = 0.25
    /// A plan made while the table was empty reads the whole of it, and sessions keep their plans: as it grows, statistics
    /// taken anew make them plan again, long before the database does so by itself once a minute.
    fileprivate static let firstAnalysis = 100
    /// Beyond this the oldest promise is given up rather than memory.
    private static let mostWaiting = 200_000

    /// - Parameters:
    ///   - window: seconds for which an id stays taken.
    package init(database: Database, mandate: Mandate, clock: any WallClock, window: Int) {
        (self.database, self.mandate, self.clock, self.window) = (database, mandate, clock, window)
    }

    /// Takes the id for this body as far as this process can tell.
    package func claim(_ entry: Entry, hash: [UInt8]) -> Claim {
        let now = clock.now
        return state.withLock { state in
            if let seen = state.waiting[entry] ?? state.leaving[entry] { return seen.hash == hash ? .repeated : .taken }
            guard state.waiting.count < Self.mostWaiting else { return .unknown }
            state.waiting[entry] = Seen(hash: hash, at: now)
            if state.oldest == nil { state.oldest = now }
            return .unknown
        }
    }

    /// The question to the table; one row with a hash when the id is taken.
    package func question(_ entry: Entry) -> SQL {
        let start = clock.now.addingTimeInterval(-Double(window))
        return """
            SELECT body_hash
            FROM dci.message_seen
            WHERE sender_id = \(entry.senderID)
              AND message_id = \(entry.messageID)
              AND seen_at >= \(start)
            """
    }

    /// Whether the table says that the id belongs to another body; what it knows need not be written again.
    package func isTaken(_ entry: Entry, hash: [UInt8], answer rows: Rows) throws(DatabaseError) -> Bool {
        guard let known: [UInt8] = try rows.first?.get(0) else { return false }
        release(entry)
        return known != hash
    }

    /// Forgets a claim that the table has settled.
    private func release(_ entry: Entry) {
        state.withLock { state in
            state.waiting[entry] = nil
            if state.waiting.isEmpty { state.oldest = nil }
        }
    }

    /// Writes what waits, when it is much or old enough; whoever comes meanwhile goes on.
    package func flushIfDue() async throws {
        let now = clock.now
        let isDue = state.withLock { state in
            guard !state.isFlushing, let oldest = state.oldest else { return false }
            return state.waiting.count >= Self.batch || now.timeIntervalSince(oldest) >= Self.patience
        }
        if isDue { try await flush() }
    }

    /// Writes everything that waits.
    package func flush() async throws {
        let batch: [Entry: Seen]? = state.withLock { state in
            guard !state.isFlushing, !state.waiting.isEmpty else { return nil }
            state.leaving = state.waiting
            state.waiting.removeAll(keepingCapacity: true)
            (state.oldest, state.isFlushing) = (nil, true)
            return state.leaving
        }
        guard let batch else { return }
        do {
            try await write(batch)
            state.withLock { state in
                state.leaving = [:]
                state.isFlushing = false
            }
        } catch {
            state.withLock { state in
                // Back into the queue; what was claimed anew meanwhile is the same claim.
                state.waiting.merge(state.leaving) { new, _ in new }
                state.oldest = state.waiting.values.map(\.at).min()
                state.leaving = [:]
                state.isFlushing = false
            }
            throw error
        }
    }

    private func write(_ batch: [Entry: Seen]) async throws {
        // In key order, so that two servers never wait for each other in a circle.
        let rows = batch.sorted {
            ($0.key.senderID, $0.key.messageID) < ($1.key.senderID, $1.key.messageID)
        }
        let senders = rows.map(\.key.senderID)
        let messages = rows.map(\.key.messageID)
        let hashes = rows.map(\.value.hash)
        let times = rows.map(\.value.at)
        let statement: SQL = """
            INSERT INTO dci.message_seen (sender_id, message_id, body_hash, seen_at)
            SELECT sender_id, message_id, body_hash, seen_at
            FROM unnest(\(senders), \(messages), \(hashes), \(times))
                AS new (sender_id, message_id, body_hash, seen_at)
            ON CONFLICT ON CONSTRAINT message_seen_pk DO UPDATE
            SET body_hash = excluded.body_hash, seen_at = excluded.seen_at
            WHERE message_seen.seen_at < excluded.seen_at - make_interval(secs => \(Double(window)))
            """
        _ = try await perform(statement)
        state.withLock { $0.written += rows.count }
    }

    /// Takes the table's statistics anew where it has grown fourfold since; in the background, so that no search waits.
    package func analyseIfDue() async throws {
        let isDue = state.withLock { state in
            guard state.written >= state.nextAnalysis else { return false }
            state.nextAnalysis = state.written * 4
            return true
        }
        if isDue { _ = try await perform("ANALYZE dci.message_seen") }
    }

    /// Removes ids that are older than the window, some thousands at once.
    ///
    /// - Returns: how many were removed; call again while it is not zero.
    package func trim(atMost count: Int = 5000) async throws -> Int {
        let end = clock.now.addingTimeInterval(-Double(window))
        let removed = try await perform(
            """
            DELETE FROM dci.message_seen
            WHERE ctid = ANY (ARRAY(
                SELECT ctid
                FROM dci.message_seen
                WHERE seen_at < \(end)
                LIMIT \(count)
            ))
            """)
        if removed > 0 { state.withLock { ($0.written, $0.nextAnalysis) = (0, Self.firstAnalysis) } }
        return removed
    }

    private func perform(_ statement: SQL) async throws -> Int {
        try await database.write(as: mandate) { tx in try await tx.execute(statement) }
    }

    /// Writes what waits every half second and trims every ten minutes, until cancelled.
    package func run() async throws {
        var turns = 0
        while true {
            try await Task.sleep(for: .milliseconds(500))
            // The database may be away for a while; what waits stays in memory and is tried again.
            try? await flush()
            // Searches are right without it, only slower.
            try? await analyseIfDue()
            turns += 1
            if turns % 1200 == 1 { while (try? await trim()) ?? 0 > 0 { try Task.checkCancellation() } }
        }
    }

    /// Writes what still waits.
    package func shutdown() async {
        try? await flush()
    }
}
