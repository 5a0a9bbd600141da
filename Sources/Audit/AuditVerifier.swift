import Access
package import Cryptography
package import Foundation
import Groundwork
package import Postgres

/// Checks the whole record, or a part of it, against the registry's key and the anchors outside, row by row.
package struct AuditVerifier: Sendable {
    private let database: Database
    let keys: AuditKeys

    package init(database: Database, keys: KeyRing) {
        (self.database, self.keys) = (database, AuditKeys(keys))
    }

    /// Blocks are read so many at a time, and their entries in groups of about this size.
    private static let page = 1000
    private static let group = 40_000
    private static let groupSubjects = 200_000

    /// Verifies what was sealed in the interval; of everything, also what is not sealed yet.
    ///
    /// - Parameters:
    ///   - from: only blocks sealed at or after this instant.
    ///   - to: only blocks sealed before it.
    ///   - anchors: what was kept outside; without, a chain cut off at its end cannot be told.
    ///   - progress: gets the number of entries checked so far.
    package func verify(
        from: Date? = nil, to: Date? = nil, anchors: AnchorReader? = nil, progress: (Int) -> Void = { _ in }
    ) async throws(AuditFault) -> AuditReport {
        let mandate = Mandate(actor: Actors.system, purpose: .operation)
        do {
            return try await database.read(as: mandate) { tx in
                var state = VerificationState(keys: keys, isPart: from != nil || to != nil)
                var chain = ChainCheck(keys: keys, anchors: anchors, isFromStart: from == nil, isToEnd: to == nil)
                var last: Int64 = 0
                while true {
                    let blocks = try await Self.blocks(after: last, from, to, in: tx)
                    guard let end = blocks.last else { break }
                    last = end.number
                    var gathered: [AuditBlock] = []
                    var (entries, subjects) = (0, 0)
                    for block in blocks {
                        try chain.check(block, &state.report)
                        gathered.append(block)
                        (entries, subjects) = (entries + block.entries, subjects + block.subjects)
                        guard entries >= Self.group || subjects >= Self.groupSubjects else { continue }
                        try await check(gathered, &state, in: tx)
                        progress(state.report.entries)
                        (gathered, entries, subjects) = ([], 0, 0)
                    }
                    try await check(gathered, &state, in: tx)
                    progress(state.report.entries)
                }
                try chain.finish(&state.report)
                if to == nil { try await checkTail(&state, in: tx) }
                try await settleStrays(&state, in: tx)
                state.tellMoved()
                return state.report
            }
        } catch {
            throw AuditFault(any: error)
        }
    }

    private static func blocks(
        after number: Int64, _ from: Date?, _ to: Date?, in tx: borrowing Transaction
    ) async throws -> [AuditBlock] {
        let rows = try await tx.query(
            """
            SELECT \(fragment: AuditBlock.columns)
            FROM audit.block AS b
            WHERE b.number > \(number) AND \(fragment: Self.interval(from, to))
            ORDER BY b.number
            LIMIT \(page)
            """)
        var blocks: [AuditBlock] = []
        for row in rows { blocks.append(try AuditBlock(row)) }
        return blocks
    }

    /// By number, without gaps: of two servers one may have a clock that is behind.
    private static func interval(_ from: Date?, _ to: Date?) -> SQL {
        let first: SQL =
            from.map { "b.number >= (SELECT min(f.number) FROM audit.block AS f WHERE f.sealed_at >= \($0))" } ?? "TRUE"
        let last: SQL =
            to.map { "b.number <= (SELECT max(t.number) FROM audit.block AS t WHERE t.sealed_at < \($0))" } ?? "TRUE"
        return "\(fragment: first) AND \(fragment: last)"
    }

    /// The entries and subjects of an interval of numbers, in one round trip.
    private static func rows(
        _ low: Int64, _ high: Int64, limit: Int? = nil, in tx: borrowing Transaction
    ) async throws -> EntryBatch {
        let most: SQL = limit.map { "LIMIT \($0)" } ?? ""
        let rows = try await tx.query(
            """
            SELECT \(fragment: EntryForm.columns)
            FROM audit.entry AS e
            WHERE e.seq BETWEEN \(low) AND \(high)
            ORDER BY e.seq
            \(fragment: most)
            """)
        var top = high
        if let limit, rows.count == limit, let last = rows.last { top = try last.get(0) }
        let subjects = try await tx.query(
            """
            SELECT \(fragment: EntryForm.subjectColumns)
            FROM audit.subject AS s
            WHERE s.seq BETWEEN \(low) AND \(top)
            ORDER BY s.seq, s.place
            """)
        return try EntryBatch(rows, subjects: subjects)
    }

    private func check(
        _ blocks: [AuditBlock], _ state: inout VerificationState, in tx: borrowing Transaction
    ) async throws {
        guard !blocks.isEmpty, let window = state.begin(blocks) else { return }
        let batch = try await Self.rows(window.lowerBound, window.upperBound, in: tx)
        let right = try await batch.checked(keys)
        try state.check(batch, right)
    }

    /// Entries looked at together that no block counts; each may have a thousand subjects.
    private static let tail = 200

    /// What came after the last block: signed, and waiting to be sealed.
    private func checkTail(_ state: inout VerificationState, in tx: borrowing Transaction) async throws {
        var low = state.top.map { $0 + 1 } ?? .min
        while true {
            let batch = try await Self.rows(low, .max, limit: Self.tail, in: tx)
            let right = try await batch.checked(keys)
            state.checkTail(batch, right)
            guard batch.numbers.count == Self.tail, let last = batch.numbers.last else { return }
            low = last + 1
        }
    }

    /// Entries beside the blocks that were looked at, whose codes are right: does any block hold them?
    ///
    /// Sealing goes by transaction, so that an entry whose transaction lasted longer has a number below those that are sealed.
    private func settleStrays(_ state: inout VerificationState, in tx: borrowing Transaction) async throws {
        guard !state.strays.isEmpty else { return }
        let rows = try await tx.query(
            """
            SELECT n.seq, e.seq <= l.floor_seq OR (e.xid, e.seq) <= (l.last_xid, l.last_seq)
            FROM unnest(\(state.strays.sorted())) AS n (seq)
            JOIN audit.entry AS e ON e.seq = n.seq
            CROSS JOIN (SELECT floor_seq, last_xid, last_seq FROM audit.block ORDER BY number DESC LIMIT 1) AS l
            WHERE NOT EXISTS (SELECT FROM audit.block AS b WHERE b.places @> n.seq)
            ORDER BY n.seq
            """)
        for row in rows {
            let seq: Int64 = try row.get(0)
            guard try row.get(1, as: Bool.self) else {
                state.report.unsealed += 1
                continue
            }
            state.report.note(
                AuditBreak(
                    .entryUnsealed, entry: seq,
                    "Entry \(seq) is in no block, although later ones are: a block was taken away, or never sealed it.")
            )
        }
    }
}

/// The chain of blocks, and the anchors beside it.
struct ChainCheck {
    private let keys: AuditKeys
    private let anchors: AnchorReader?
    private let isFromStart: Bool
    private let isToEnd: Bool
    private var previous: AuditBlock?
    private var anchor: Anchor?
    private var isAnchorRead = false

    init(keys: AuditKeys, anchors: AnchorReader?, isFromStart: Bool, isToEnd: Bool) {
        (self.keys, self.anchors, self.isFromStart, self.isToEnd) = (keys, anchors, isFromStart, isToEnd)
    }

    mutating func check(_ block: AuditBlock, _ report: inout AuditReport) throws(AuditFault) {
        report.blocks += 1
        report.sealedUntil = block.sealedAt
        let before = previous ?? (isFromStart ? AuditBlock.none : nil)
        previous = block
        if let before {
            if block.number != before.number + 1 {
                let gone =
                    block.number == before.number + 2
                    ? "Block \(before.number + 1) is" : "Blocks \(before.number + 1) to \(block.number - 1) are"
                report.note(AuditBreak(.blockMissing, block: before.number + 1, "\(gone) missing."))
            } else if block.previous != before.hash {
                report.note(
                    AuditBreak(
                        .blockUnchained, block: block.number,
                        "Block \(block.number) was not sealed upon the block \(before.number) that stands there."))
            }
        }
        if !block.isGenuine(keys) {
            report.note(
                AuditBreak(
                    .blockChanged, block: block.number,
                    "Block \(block.number) was changed, or was not sealed by this registry."))
        }
        try compare(block, &report)
    }

    private mutating func compare(_ block: AuditBlock, _ report: inout AuditReport) throws(AuditFault) {
        while let next = try current(&report), next.block <= block.number {
            isAnchorRead = false
            if next.block == block.number {
                report.anchors += 1
                if next.hash != block.hash {
                    report.note(
                        AuditBreak(
                            .anchorDiffers, block: block.number,
                            "Block \(block.number) is not the one that the anchor outside holds."))
                }
            }
        }
    }

    /// The next anchor that is ours.
    private mutating func current(_ report: inout AuditReport) throws(AuditFault) -> Anchor? {
        while !isAnchorRead {
            anchor = try anchors?.next()
            guard let found = anchor, found.mac != keys.anchor(found.block, found.hash) else {
                isAnchorRead = true
                break
            }
            report.note(
                AuditBreak(
                    .anchorForged, block: found.block,
                    "The anchor of block \(found.block) was changed, or was not written by this registry."))
        }
        return anchor
    }

    /// Anchors beyond the last block: the chain was cut off.
    mutating func finish(_ report: inout AuditReport) throws(AuditFault) {
        guard isToEnd else { return }
        let last = previous?.number ?? 0
        guard let first = try current(&report) else { return }
        if first.block <= last { return }
        var count = 0
        while try current(&report) != nil {
            isAnchorRead = false
            count += 1
        }
        report.note(
            AuditBreak(
                .blockMissing, block: first.block,
                "Block \(first.block) is missing at the end, with \(count - 1) more that have anchors outside."))
    }
}
