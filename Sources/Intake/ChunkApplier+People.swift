import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// People whose households earlier files brought.
extension ChunkApplier {
    func applyPeople(
        _ chunk: Chunk, keys: [UUID: Int], in tx: borrowing Transaction
    ) async throws -> ImportCounts {
        let sql = LinkedSQL(batch: batch, chunk: chunk.number, source: source, byID: usesRegistryKeys)
        var opened = try await open(
            chunk, keys: keys,
            asking: [
                ChunkSQL(batch: batch, chunk: chunk.number).knownPeople(source: source, byID: usesRegistryKeys),
                sql.anchors,
            ], in: tx)
        let known = try KnownSubjects(opened.answers[0])
        let anchors = try anchors(opened.answers[1])
        for unit in opened.sound(chunk) {
            guard let about = unit.content?.about, anchors[about.key] == nil else { continue }
            opened.refuse(unit, Self.unknownHousehold)
        }
        let notes = try await settleHeads(chunk, &opened, anchors, known, in: tx)
        let units = opened.sound(chunk)
        var counts = count(chunk, held: opened.held, parts: Parts())
        let command = chunk.command
        let work = try await Revision.statements(
            ofPeople: units, anchors: anchors, known: known, command: command, now: opened.now, context: context,
            onlyNews: usesRegistryKeys, isDryRun: isDryRun, in: tx
        )
        counts.add(work)
        if !notes.isEmpty { _ = try await tx.query(all: notes) }
        return try await close(
            chunk, opened, counts, command: command,
            work.peopleRegistered + work.peopleUpdated == 0 ? [] : work.statements, in: tx)
    }

    private func anchors(_ rows: Rows) throws -> [String: Revision.Anchor] {
        var anchors: [String: Revision.Anchor] = [:]
        for row in rows {
            anchors[try row.get(0)] = Revision.Anchor(
                household: try row.get(1), record: try row.get(2), head: try row.get(3))
        }
        return anchors
    }

    private static let unknownHousehold = RowFinding(
        "household_key", "household.unknown", "No household of this source has this key.",
        "Import the file with the household first, or correct the key.")

    // MARK: One head for each household

    /// Holds back the lines after which a household would have two heads, or none although another line names one.
    ///
    /// Who is the head now may say in any line of the chunk that he is so no more. When the line of the new head stood in an
    /// earlier chunk, both are held back and each names the other: applied alone, the later one would leave no head.
    /// - Returns: what later chunks have to know.
    private func settleHeads(
        _ chunk: Chunk, _ opened: inout Opened, _ anchors: [String: Revision.Anchor], _ known: KnownSubjects,
        in tx: borrowing Transaction
    ) async throws -> [SQL] {
        let sql = ChunkSQL(batch: batch, chunk: chunk.number)
        let units = opened.sound(chunk)
        guard units.contains(where: { $0.content?.about != nil }) || !known.people.isEmpty else { return [] }
        let headed = try await headed(units, known, in: tx)
        var heads = Heads(units, anchors: anchors, known: known, headed: headed)
        let marks = heads.marks
        if !marks.isEmpty {
            var lines: [UUID: Int] = [:]
            for row in try await tx.query(sql.firstLines(of: marks)) {
                lines[try row.get(0, as: UUID.self)] = try row.get(1, as: Int.self)
            }
            heads.earlier = lines
        }
        heads.settle()
        for (unit, finding) in heads.refused { opened.refuse(unit, finding) }
        var notes: [SQL] = []
        for (line, finding) in heads.amended {
            notes.append(
                """
                UPDATE intake.quarantine SET findings = \(JSONB(JSON.array([finding.json]).serialized()))
                WHERE batch_id = \(batch) AND line = \(line)
                """)
        }
        var left = heads.waiting
        if isDryRun { left.merge(heads.left) { first, _ in first } }
        if !left.isEmpty { notes.append(sql.remember(left)) }
        return notes
    }

    /// Of which household each known person of the chunk is the head.
    private func headed(
        _ units: [PreparedUnit], _ known: KnownSubjects, in tx: borrowing Transaction
    ) async throws -> [UUID: UUID] {
        let people = units.compactMap { ($0.content?.people.first?.record.sourceKey).flatMap { known.people[$0] } }
        guard !people.isEmpty else { return [:] }
        var headed: [UUID: UUID] = [:]
        let rows = try await tx.query(
            """
            SELECT p.id, h.id FROM registry.person AS p
            JOIN registry.household AS h ON h.id = p.household_id AND h.head_id = p.id
            WHERE p.id = ANY(\(people.map(\.subject)))
            """)
        for row in rows { headed[try row.get(0, as: UUID.self)] = try row.get(1, as: UUID.self) }
        return headed
    }
}
