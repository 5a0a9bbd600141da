import Access
package import Cryptography
import Foundation
import Groundwork
package import Postgres
package import Runtime
package import Telemetry

/// Seals what was put on record into blocks, one window after the other.
///
/// Only entries of transactions that are all finished are taken, as the event log's sequencer does, so that a window is
/// whole. An entry whose code is wrong was not written by this registry: it is left out, and told.
package struct AuditSealer: Sendable {
    private let database: Database
    private let keys: AuditKeys
    private let clock: any WallClock

    /// Advisory lock key of the sealer, one per database.
    private static let lock: Int64 = 0x4B69_7468_4175_6431
    /// What one block holds at most.
    private static let mostEntries = 20_000
    private static let mostSubjects = 200_000

    package init(database: Database, keys: KeyRing, clock: any WallClock = SystemClock()) {
        (self.database, self.keys, self.clock) = (database, AuditKeys(keys), clock)
    }

    /// What came of one turn.
    package struct Sealed: Sendable {
        /// Nil when there was nothing to seal, or another sealer is at it.
        package var block: AuditBlock?
        /// Entries that this registry did not write.
        package var forged: Int = 0
        /// Whether more waits than one block holds.
        package var isMore: Bool = false
    }

    /// Seals the next window.
    ///
    /// - Throws: `.chainForged` when the last block was not sealed by this registry's key.
    package func seal() async throws(AuditFault) -> Sealed {
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        return try await database.write(as: mandate) { tx throws(AuditFault) in
            do { return try await seal(in: tx) } catch { throw AuditFault(any: error) }
        }
    }

    private func seal(in tx: borrowing Transaction) async throws -> Sealed {
        // Transactions of other databases on the same server write no entry of ours; see EventLog.sequence.
        let known = try await tx.query(all: [
            "SELECT pg_try_advisory_xact_lock(\(Self.lock))",
            """
            SELECT coalesce(array_agg(l.transactionid::text), '{}')
            FROM pg_locks AS l
            JOIN pg_stat_activity AS a ON a.pid = l.pid
            WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                AND a.datname <> current_database()
            """,
        ])
        guard try known[0].first?.get(0, as: Bool.self) ?? false else { return Sealed() }
        let foreign: [String] = try known[1].first?.get(0) ?? []
        let last = try await lastBlock(in: tx)
        let isRestored = try await tx.query(
            "SELECT \(String(last.lastXID))::xid8 > pg_snapshot_xmax(pg_current_snapshot())"
        ).first?.get(0, as: Bool.self)
        if isRestored == true { return try await adopt(last, in: tx) }
        let edge: SQL = """
            AND e.xid < (SELECT coalesce(
                (SELECT min(x) FROM pg_snapshot_xip(pg_current_snapshot()) AS x WHERE x::xid <> ALL(\(foreign)::xid[])),
                pg_snapshot_xmax(pg_current_snapshot())))
            """
        return try await window(after: last, below: edge, in: tx)
    }

    private func lastBlock(in tx: borrowing Transaction) async throws -> AuditBlock {
        let rows = try await tx.query(
            "SELECT \(fragment: AuditBlock.columns) FROM audit.block AS b ORDER BY b.number DESC LIMIT 1")
        guard let row = rows.first else { return .none }
        let last = try AuditBlock(row)
        guard last.isGenuine(keys) else { throw AuditFault.chainForged(Int(last.number)) }
        return last
    }

    /// After a restore into another cluster transaction numbers begin anew: what is left is sealed, then an epoch begins.
    private func adopt(_ last: AuditBlock, in tx: borrowing Transaction) async throws -> Sealed {
        let rest = try await window(after: last, below: "", in: tx)
        guard rest.block == nil else { return Sealed(block: rest.block, forged: rest.forged, isMore: true) }
        var block = next(after: last, root: MerkleTree.root([]))
        (block.epoch, block.floor, block.lastXID, block.lastSeq) = (last.epoch + 1, last.top, 0, 0)
        try await insert(&block, in: tx)
        return Sealed(block: block, isMore: true)
    }

    private func next(after last: AuditBlock, root: [UInt8]) -> AuditBlock {
        // Whole microseconds, as the database keeps them.
        let now = Date(timeIntervalSince1970: (clock.now.timeIntervalSince1970 * 1000).rounded() / 1000)
        var block = AuditBlock(number: last.number + 1, sealedAt: now, root: root, previous: last.hash)
        (block.epoch, block.floor, block.top) = (last.epoch, last.floor, last.top)
        (block.lastXID, block.lastSeq) = (last.lastXID, last.lastSeq)
        return block
    }

    private func window(after last: AuditBlock, below edge: SQL, in tx: borrowing Transaction) async throws -> Sealed {
        let found = try await tx.query(
            """
            SELECT e.seq, e.xid::text::bigint, e.subjects
            FROM audit.entry AS e
            WHERE (e.xid, e.seq) > (\(String(last.lastXID))::xid8, \(last.lastSeq)) AND e.seq > \(last.floor)
                \(fragment: edge)
            ORDER BY e.xid, e.seq
            LIMIT \(Self.mostEntries + 1)
            """)
        var numbers: [Int64] = []
        var subjects = 0
        var end = (xid: last.lastXID, seq: last.lastSeq)
        for row in found.prefix(Self.mostEntries) {
            subjects += max(0, Int(try row.get(2, as: Int32.self)))
            if subjects > Self.mostSubjects, !numbers.isEmpty { break }
            numbers.append(try row.get(0))
            end = (try row.get(1), try row.get(0))
        }
        guard !numbers.isEmpty else { return Sealed() }
        let batch = try await batch(numbers, in: tx)
        let right = try await batch.checked(keys)
        let genuine = batch.numbers.indices.filter { right[$0] }
        var leaves: [[UInt8]] = []
        for index in genuine { leaves.append(try batch.mac(index)) }
        var block = next(after: last, root: MerkleTree.root(leaves))
        (block.lastXID, block.lastSeq) = end
        block.places = AuditBlock.places(genuine.map { batch.numbers[$0] })
        block.top = max(last.top, genuine.last.map { batch.numbers[$0] } ?? 0)
        block.entries = genuine.count
        block.subjects = try genuine.reduce(0) {
            $0 + Int(try batch.rows[$1].get(EntryForm.subjectCount, as: Int32.self))
        }
        try await insert(&block, in: tx)
        return Sealed(
            block: block, forged: batch.numbers.count - genuine.count, isMore: found.count > numbers.count)
    }

    private func batch(_ numbers: [Int64], in tx: borrowing Transaction) async throws -> EntryBatch {
        let rows = try await tx.query(all: [
            """
            SELECT \(fragment: EntryForm.columns) FROM audit.entry AS e WHERE e.seq = ANY(\(numbers)) ORDER BY e.seq
            """,
            """
            SELECT \(fragment: EntryForm.subjectColumns)
            FROM audit.subject AS s
            WHERE s.seq = ANY(\(numbers))
            ORDER BY s.seq, s.place
            """,
        ])
        return try EntryBatch(rows[0], subjects: rows[1])
    }

    private func insert(_ block: inout AuditBlock, in tx: borrowing Transaction) async throws {
        block.sign(keys)
        _ = try await tx.query(
            """
            INSERT INTO audit.block (number, sealed_at, epoch, floor_seq, last_xid, last_seq, top_seq, places, entries,
                subjects, root, previous, hash, mac)
            VALUES (\(block.number), \(block.sealedAt), \(block.epoch), \(block.floor),
                \(String(block.lastXID))::xid8, \(block.lastSeq), \(block.top), \(block.places)::int8multirange,
                \(Int32(truncatingIfNeeded: block.entries)), \(Int64(block.subjects)), \(block.root),
                \(block.previous), \(block.hash), \(block.mac))
            """)
    }

    /// Blocks after that number, oldest first, each checked to be ours.
    func blocks(after number: Int64, limit: Int) async throws(AuditFault) -> [AuditBlock] {
        do {
            let rows = try await database.read(
                as: Mandate(actor: Actors.system, purpose: .operation),
                once: [
                    """
                    SELECT \(fragment: AuditBlock.columns)
                    FROM audit.block AS b
                    WHERE b.number > \(number)
                    ORDER BY b.number
                    LIMIT \(limit)
                    """
                ])
            var blocks: [AuditBlock] = []
            for row in rows[0] {
                let block = try AuditBlock(row)
                guard block.isGenuine(keys) else { throw AuditFault.chainForged(Int(block.number)) }
                blocks.append(block)
            }
            return blocks
        } catch {
            throw AuditFault(any: error)
        }
    }
}

/// Seals every second what came, and keeps the anchors outside the database.
package struct AuditSealingService: Service {
    private let sealer: AuditSealer
    private let anchors: AnchorFolder
    private let logger: Logger
    private let tick: Duration
    private let sealed: Counter?
    private let forged: Counter?

    /// - Parameter tick: how long a window is at least; what it holds is not sealed before.
    package init(
        _ sealer: AuditSealer, anchors: AnchorFolder, logger: Logger, metrics: Metrics? = nil,
        tick: Duration = .seconds(1)
    ) {
        (self.sealer, self.anchors, self.logger, self.tick) = (sealer, anchors, logger, tick)
        sealed = metrics?.counter("kith_audit_sealed_total", "Audit entries sealed in blocks.")
        forged = metrics?.counter(
            "kith_audit_forged_total", "Entries found in the audit record that this registry did not write.")
    }

    package var name: String { "audit sealer" }

    package func run() async throws {
        await WorkLoop(every: tick, logger: logger, waiting: "the audit record cannot be sealed now").run {
            let more = try await turn()
            // At most one block a second, unless more waits than one holds.
            return more
        }
    }

    /// Seals what came last.
    package func shutdown() async {
        _ = try? await turn()
    }

    private func turn() async throws(AuditFault) -> Bool {
        let turn = try await sealer.seal()
        if let block = turn.block { sealed?.increment(by: block.entries) }
        if turn.forged > 0 {
            forged?.increment(by: turn.forged)
            logger.error("audit entries that this registry did not write", [.count: .count(turn.forged)])
        }
        try await anchors.follow(sealer)
        return turn.isMore
    }
}
