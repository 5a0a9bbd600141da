import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Rows that speak of whom earlier files brought.
extension ChunkApplier {
    /// A chunk whose batch is locked, and what the database says to it.
    struct Opened {
        var now: Date
        var answers: [Rows]
        var held: [Int: [Int: [RowFinding]]]

        /// Sound units so far.
        func sound(_ chunk: Chunk) -> [PreparedUnit] { chunk.units.filter { held[$0.number] == nil } }

        /// Holds a unit back for a reason that only the database knows.
        mutating func refuse(_ unit: PreparedUnit, _ finding: RowFinding) {
            guard let line = unit.lines.first?.line else { return }
            held[unit.number, default: [:]][line, default: []].append(finding)
        }
    }

    /// Locks the batch, remembers the chunk's keys and asks the questions given.
    func open(
        _ chunk: Chunk, keys: [UUID: Int], asking questions: [SQL], in tx: borrowing Transaction
    ) async throws -> Opened {
        let sql = ChunkSQL(batch: batch, chunk: chunk.number)
        let answers = try await tx.query(
            all: [
                "SELECT state, chunks, clock_timestamp() FROM intake.import_batch WHERE id = \(batch) FOR UPDATE",
                sql.remember(keys), sql.stagedStatements,
            ] + questions)
        guard let head = answers[0].first else { throw IntakeFault.batchNotFound }
        guard try head.get(0, as: String.self) == "running", try head.get(1, as: Int.self) == chunk.number else {
            throw IntakeFault.batchTaken
        }
        // Only under the lock is it certain that nobody took the staged rows away to begin anew.
        guard try answers[2].first?.get(0, as: Int64.self) == Int64(chunk.statementCount) else {
            throw IntakeFault.batchTaken
        }
        var firstLines = keys
        if answers[1].affected < keys.count {
            for row in try await tx.query(sql.firstLines(of: keys.keys)) {
                firstLines[try row.get(0, as: UUID.self)] = try row.get(1)
            }
        }
        // Within the chunk the first line that uses a key keeps it, too.
        return Opened(
            now: try head.get(2), answers: Array(answers.dropFirst(3)), held: held(chunk, firstLines: firstLines))
    }

    /// What ends every chunk: what is held back, the staging emptied, the batch moved on.
    func close(
        _ chunk: Chunk, _ opened: Opened, _ counts: ImportCounts, command: CommandID, _ work: [SQL],
        in tx: borrowing Transaction
    ) async throws -> ImportCounts {
        let changes =
            isDryRun || work.isEmpty ? [] : [commandRow(command, chunk, counts, now: opened.now, tx.mandate)] + work
        var statements = changes
        statements += quarantine(chunk, held: opened.held)
        for table in Importer.stagingTables {
            statements.append(
                "DELETE FROM intake.\(unchecked: table) WHERE batch_id = \(batch) AND chunk = \(chunk.number)")
        }
        statements += bookkeeping(chunk, counts, command: changes.isEmpty ? nil : command)
        _ = try await tx.query(all: statements)
        return counts
    }

    // MARK: Codes of areas

    func applyCodes(
        _ chunk: Chunk, keys: [UUID: Int], in tx: borrowing Transaction
    ) async throws -> ImportCounts {
        let codes = chunk.units.compactMap { $0.content?.code }
        let (systems, words) = (codes.map(\.system), codes.map(\.code))
        var opened = try await open(
            chunk, keys: keys,
            asking: [
                """
                SELECT c.system, c.code, c.area_id
                FROM unnest(\(systems)::text[], \(words)::text[]) AS w (system, code)
                JOIN registry.area_code AS c ON c.system = w.system AND c.code = w.code
                """
            ], in: tx)
        var taken: [String: Int] = [:]
        for row in opened.answers[0] {
            taken[try row.get(0, as: String.self) + ":" + row.get(1, as: String.self)] = Int(
                try row.get(2, as: Int32.self))
        }
        var new: [PreparedUnit.AreaCode] = []
        var unchanged = 0
        for unit in opened.sound(chunk) {
            guard let code = unit.content?.code else { continue }
            switch taken[code.system + ":" + code.code] {
            case nil: new.append(code)
            case code.area: unchanged += 1
            case let other?:
                let name = context.areas.index[other].map { "\($0.reference) \($0.name)" } ?? "another area"
                opened.refuse(
                    unit,
                    RowFinding(
                        "", "area_code.taken", "The code means \(name) already.",
                        "Correct the code or the place; undo the import that brought the code if that one is wrong."))
            }
        }
        var counts = count(chunk, held: opened.held, parts: Parts())
        (counts.codesRegistered, counts.codesUnchanged) = (new.count, unchanged)
        let command = chunk.command
        let work: SQL = """
            INSERT INTO registry.area_code (system, code, area_id, command_id)
            SELECT system, code, area_id, \(command)
            FROM unnest(\(new.map(\.system))::text[], \(new.map(\.code))::text[], \(new.map { Int32($0.area) })::int[])
                AS n (system, code, area_id)
            """
        return try await close(chunk, opened, counts, command: command, new.isEmpty ? [] : [work], in: tx)
    }
}
