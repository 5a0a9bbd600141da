import Access
package import Cryptography
import Foundation
import Groundwork
package import Postgres
import Registry
import Synchronization
package import Telemetry

/// Puts entries on record, those of many requests in one transaction, and returns when they are durable.
///
/// Whoever comes while nobody writes becomes the writer, and takes along all that wait; those who come meanwhile are
/// taken by the first of them. So a commit is shared by as many requests as arrive while the one before it lasts, no
/// timer delays a lonely one, and no service needs to run for an entry to be written.
package final class AuditWriter: Sendable {
    private struct State {
        var waiting: [Ticket] = []
        /// Entries that wait.
        var count = 0
        /// Whether somebody writes or was told to.
        var isLed = false
    }

    private let database: Database
    private let keys: AuditKeys
    private let commits: Histogram?
    private let state: Mutex<State> = Mutex(State())
    private let mostWaiting: Int

    /// Entries that one transaction takes, unless a single caller brings more.
    private static let batch = 1024

    /// - Parameters:
    ///   - database: best one of its own with a single connection, so that a commit never waits behind readers.
    ///   - mostWaiting: entries that may wait; whoever brings more is refused.
    ///   - commits: how long each transaction took, in seconds.
    package init(database: Database, keys: KeyRing, mostWaiting: Int = 100_000, commits: Histogram? = nil) {
        (self.database, self.keys) = (database, AuditKeys(keys))
        (self.mostWaiting, self.commits) = (mostWaiting, commits)
    }

    /// Returns when the entries are durable.
    ///
    /// - Throws: `.overloaded`, `.store`; the entries may then be on record or not, and the answer must not leave.
    package func record(_ entries: [AuditEntry]) async throws(AuditFault) {
        let pieces = entries.flatMap(\.pieces)
        guard !pieces.isEmpty else { return }
        let ticket = Ticket(pieces)
        let (isTaken, leads) = state.withLock { state -> (Bool, Bool) in
            guard state.waiting.isEmpty || state.count + pieces.count <= mostWaiting else { return (false, false) }
            state.waiting.append(ticket)
            state.count += pieces.count
            defer { state.isLed = true }
            return (true, !state.isLed)
        }
        guard isTaken else { throw .overloaded }
        if !leads {
            switch await ticket.outcome() {
            case .done: return
            case .failed(let fault): throw fault
            case .lead: break
            }
        }
        try await lead()
    }

    /// Writes the batch that begins with the caller's own entries, then hands over.
    private func lead() async throws(AuditFault) {
        let batch = state.withLock { state -> [Ticket] in
            var taken: [Ticket] = []
            var count = 0
            for ticket in state.waiting {
                guard taken.isEmpty || count + ticket.entries.count <= Self.batch else { break }
                taken.append(ticket)
                count += ticket.entries.count
            }
            state.waiting.removeFirst(taken.count)
            state.count -= count
            return taken
        }
        let began = ContinuousClock.now
        do throws(AuditFault) {
            try await write(batch.flatMap(\.entries))
        } catch {
            if Task.isCancelled || error.isCancelled {
                // The writer's own request was given up; that is no reason for the others to fail.
                giveBack(batch.dropFirst())
            } else {
                for ticket in batch.dropFirst() { ticket.settle(.failed(error)) }
            }
            handOver()
            throw error
        }
        commits?.observe(ContinuousClock.now - began)
        handOver()
        for ticket in batch.dropFirst() { ticket.settle(.done) }
    }

    private func giveBack(_ tickets: ArraySlice<Ticket>) {
        state.withLock { state in
            state.waiting.insert(contentsOf: tickets, at: 0)
            state.count += tickets.reduce(0) { $0 + $1.entries.count }
        }
    }

    /// Lets the first that waits go on as the writer.
    private func handOver() {
        let next = state.withLock { state in
            state.isLed = !state.waiting.isEmpty
            return state.waiting.first
        }
        next?.settle(.lead)
    }

    private func write(_ entries: [AuditEntry]) async throws(AuditFault) {
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        try await database.write(as: mandate) { tx throws(AuditFault) in
            do {
                let drawn = try await tx.query(all: [
                    "SELECT pg_current_xact_id()::text::bigint",
                    "SELECT nextval('audit.entry_seq') FROM generate_series(1, \(entries.count))",
                ])
                guard let xid = try drawn[0].first?.get(0, as: Int64.self), drawn[1].count == entries.count else {
                    throw AuditFault.defect("no numbers were drawn")
                }
                var numbers: [Int64] = []
                for row in drawn[1] { numbers.append(try row.get(0)) }
                let rows = EntryRows(entries, numbers: numbers, xid: xid, keys: keys)
                _ = try await tx.query(all: rows.statements)
            } catch {
                throw AuditFault(any: error)
            }
        }
    }
}

extension AuditFault {
    /// Whether the caller gave up, as opposed to the store having failed.
    var isCancelled: Bool {
        if case .store(let error) = self { error.kind == .cancelled } else { false }
    }
}

/// The entries of one caller, and what becomes of them.
private final class Ticket: Sendable {
    enum Outcome: Sendable {
        case done
        case failed(AuditFault)
        /// The caller is to write, its own entries first.
        case lead
    }

    private struct State {
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    let entries: [AuditEntry]
    private let state: Mutex<State> = Mutex(State())

    init(_ entries: [AuditEntry]) {
        self.entries = entries
    }

    func settle(_ outcome: Outcome) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.outcome = outcome }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Outcome? in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

/// Entries with their numbers and codes, as two statements.
struct EntryRows {
    let statements: [SQL]

    init(_ entries: [AuditEntry], numbers: [Int64], xid: Int64, keys: AuditKeys) {
        let codes = zip(entries, numbers).map { keys.entry(EntryForm.covered($0, seq: $1, xid: xid)) }
        let insert: SQL = """
            INSERT INTO audit.entry (seq, xid, recorded_at, actor_id, client, operation, purpose, agreement, command_id,
                status, fields, subjects, released, released_bytes, trace, mac)
            SELECT n.seq, pg_current_xact_id(), n.recorded_at, n.actor_id, n.client, n.operation, n.purpose, n.agreement,
                n.command_id, n.status, n.fields, n.subjects, n.released, n.released_bytes, n.trace, n.mac
            FROM unnest(
                \(numbers), \(entries.map(\.recordedAt)), \(entries.map(\.actor)), \(entries.map(\.client)),
                \(entries.map(\.operation)), \(entries.map(\.purpose.rawValue)), \(entries.map(\.agreement)),
                \(entries.map(\.command)), \(entries.map { Int16(truncatingIfNeeded: $0.status) }),
                \(entries.map(\.fieldList)), \(entries.map { Int32(truncatingIfNeeded: $0.subjects.count) }),
                \(entries.map(\.released)), \(entries.map { Int64($0.releasedBytes) }),
                \(entries.map(\.trace.description)), \(codes)
            ) AS n (seq, recorded_at, actor_id, client, operation, purpose, agreement, command_id, status, fields,
                subjects, released, released_bytes, trace, mac)
            """
        var (seqs, times, places): ([Int64], [Date], [Int32]) = ([], [], [])
        var (kinds, ids): ([String], [UUID]) = ([], [])
        for (entry, number) in zip(entries, numbers) {
            for (place, subject) in entry.subjects.enumerated() {
                seqs.append(number)
                times.append(entry.recordedAt)
                places.append(Int32(truncatingIfNeeded: place))
                kinds.append(subject.kind.rawValue)
                ids.append(subject.id)
            }
        }
        guard !seqs.isEmpty else {
            statements = [insert]
            return
        }
        statements = [
            insert,
            """
            INSERT INTO audit.subject (seq, recorded_at, place, kind, subject_id)
            SELECT n.seq, n.recorded_at, n.place, n.kind, n.subject_id
            FROM unnest(\(seqs), \(times), \(places), \(kinds), \(ids)) AS n (seq, recorded_at, place, kind, subject_id)
            """,
        ]
    }
}
