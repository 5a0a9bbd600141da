import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// Checks a staged chunk against the rest of the file and the registry, and applies it in one transaction.
struct ChunkApplier: Sendable {
    let database: Database
    let context: RegistryContext
    let mandate: Mandate
    let batch: UUID
    let source: String
    let content: FileMapping.Content
    let usesRegistryKeys: Bool
    /// True when the source has never said anything before this batch: nothing can be known.
    let isFresh: Bool
    /// Whether indexes are left out until the end.
    let isDeferred: Bool
    let isDryRun: Bool
    let today: CalendarDate
    /// The keys of the file so far, where every accepted one is to be found in the registry; nil where the table of seen
    /// keys has to hold them all.
    let seen: SeenKeys?

    func apply(_ chunk: Chunk) async throws(IntakeFault) -> ImportCounts {
        let keys = chunk.keys
        do {
            let counts = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> ImportCounts in
                switch content {
                case .registry, .households: try await apply(chunk, keys: keys, in: tx)
                case .people: try await applyPeople(chunk, keys: keys, in: tx)
                case .participation: try await applyReports(chunk, keys: keys, in: tx)
                case .areas: try await applyCodes(chunk, keys: keys, in: tx)
                }
            }
            // Only now: the transaction may have run more than once.
            seen?.insert(keys.keys)
            return counts
        } catch {
            throw IntakeFault(any: error)
        }
    }

    private func apply(
        _ chunk: Chunk, keys: [UUID: Int], in tx: borrowing Transaction
    ) async throws -> ImportCounts {
        let sql = ChunkSQL(batch: batch, chunk: chunk.number)
        let suspects = seen?.suspects(among: keys.keys) ?? []
        var questions: [SQL] = [
            "SELECT state, chunks, clock_timestamp() FROM intake.import_batch WHERE id = \(batch) FOR UPDATE"
        ]
        if seen == nil {
            questions.append(sql.remember(keys))
        } else if !suspects.isEmpty {
            questions += [sql.firstLines(of: suspects), sql.registered(source: source)]
        }
        if !isFresh { questions.append(sql.known(source: source, byID: usesRegistryKeys)) }
        let answers = try await tx.query(all: questions)
        guard let head = answers[0].first else { throw IntakeFault.batchNotFound }
        guard try head.get(0, as: String.self) == "running", try head.get(1, as: Int.self) == chunk.number else {
            throw IntakeFault.batchTaken
        }
        // Another run of the same file takes the staged rows away when it begins; only now, under the lock of the batch,
        // is it certain that they are there and stay.
        let staged = try await tx.query(sql.stagedHouseholds)
        guard try staged.first?.get(0, as: Int64.self) == Int64(chunk.units.count(where: \.isSound)) else {
            throw IntakeFault.batchTaken
        }
        var firstLines = keys
        if seen == nil, answers[1].affected < keys.count {
            for row in try await tx.query(sql.firstLines(of: keys.keys)) {
                firstLines[try row.get(0, as: UUID.self)] = try row.get(1)
            }
        } else if !suspects.isEmpty {
            for row in answers[1] { firstLines[try row.get(0, as: UUID.self)] = try row.get(1) }
            // Of those only that they stand before this chunk is known, and that is enough.
            for row in answers[2] { firstLines[Mark.of(kind: try row.get(0), key: try row.get(1))] = 0 }
        }
        let held = held(chunk, firstLines: firstLines)
        let known = try isFresh ? KnownSubjects() : KnownSubjects(answers[answers.count - 1])
        let parts = sorted(chunk, held: held, known: known)
        var counts = count(chunk, held: held, parts: parts)
        let command = chunk.command
        var statements: [SQL] = []
        if !isDryRun, !parts.isEmpty {
            let now: Date = try head.get(2)
            statements.append(commandRow(command, chunk, counts, now: now, tx.mandate))
            statements += try await newRows(chunk, parts, command: command, now: now, in: tx)
            if !parts.changed.isEmpty {
                let revision = try await Revision.statements(
                    of: parts.changed, known: known, command: command, now: now, source: source, context: context,
                    onlyNews: usesRegistryKeys, in: tx)
                counts.add(revision)
                statements += revision.statements
            }
        }
        statements += quarantine(chunk, held: held)
        if seen != nil, !held.isEmpty {
            statements.append(sql.remember(chunk.keys(where: { held[$0.number] != nil })))
        }
        for table in Importer.stagingTables {
            statements.append(
                "DELETE FROM intake.\(unchecked: table) WHERE batch_id = \(batch) AND chunk = \(chunk.number)")
        }
        statements += bookkeeping(chunk, counts, command: isDryRun || parts.isEmpty ? nil : command)
        _ = try await tx.query(all: statements)
        return counts
    }

    /// Numbers for the newcomers, and the statements that write them.
    private func newRows(
        _ chunk: Chunk, _ parts: Parts, command: CommandID, now: Date, in tx: borrowing Transaction
    ) async throws -> [SQL] {
        guard !parts.new.isEmpty else { return [] }
        let people = parts.new.reduce(0) { $0 + $1.peopleCount }
        let numbers = try await SocialIDs.block(parts.new.count + people, context: context, in: tx)
        let values = numbers.compactMap { Int64($0) }
        guard values.count == numbers.count else { throw IntakeFault.defect("a social id is not a number") }
        let taken = Set(parts.new.map(\.number))
        let skipped = chunk.units.filter { $0.isSound && !taken.contains($0.number) }.map { Int32($0.number) }
        return NewRowsSQL(
            batch: batch, chunk: chunk.number, command: command, source: source, actor: tx.mandate.actor, now: now,
            mandate: tx.mandate, skipped: skipped, isDeferred: isDeferred,
            householdNumbers: Array(values[..<parts.new.count]),
            personNumbers: Array(values[parts.new.count...])
        ).statements
    }
}

/// What the source's earlier statements say about the subjects of a chunk.
struct KnownSubjects {
    struct Known {
        var subject: UUID
        var record: UUID
        var isSame: Bool
        /// The household in which the source's newest statement has the person.
        var household: UUID?
    }

    var households: [String: Known] = [:]
    var people: [String: Known] = [:]

    init() {}

    init(_ rows: Rows) throws {
        for row in rows {
            let known = Known(
                subject: try row.get(3), record: try row.get(4), isSame: try row.get(5), household: try row.get(6))
            let key: String = try row.get(1)
            if try row.get(0, as: String.self) == "household" { households[key] = known } else { people[key] = known }
        }
    }
}

extension ChunkApplier {
    /// The sound units of a chunk by what has to be done with them.
    struct Parts {
        /// Nobody of the household is known.
        var new: [PreparedUnit] = []
        /// Somebody is known and something was said anew.
        var changed: [PreparedUnit] = []
        var unchanged: [PreparedUnit] = []

        var isEmpty: Bool { new.isEmpty && changed.isEmpty }
    }

    private func sorted(_ chunk: Chunk, held: [Int: [Int: [RowFinding]]], known: KnownSubjects) -> Parts {
        var parts = Parts()
        for unit in chunk.units where held[unit.number] == nil {
            guard let content = unit.content else {
                // Nothing can be known of a source that never spoke before.
                parts.new.append(unit)
                continue
            }
            let household = (content.household?.record.sourceKey).flatMap { known.households[$0] }
            let people = content.people.map { known.people[$0.record.sourceKey] }
            if household == nil, people.allSatisfy({ $0 == nil }) {
                parts.new.append(unit)
            } else if let household, household.isSame,
                people.allSatisfy({ $0.map { $0.isSame && $0.household == household.subject } ?? false })
            {
                parts.unchanged.append(unit)
            } else {
                parts.changed.append(unit)
            }
        }
        return parts
    }

    /// Units that go to quarantine, with the findings of their lines: their own, and keys that stand earlier in the file.
    ///
    /// The first household that uses a key keeps it.
    func held(_ chunk: Chunk, firstLines: [UUID: Int]) -> [Int: [Int: [RowFinding]]] {
        var held: [Int: [Int: [RowFinding]]] = [:]
        for unit in chunk.units {
            if !unit.isSound { held[unit.number] = [:] }
            guard let start = unit.lines.first?.line else { continue }
            func refuse(_ line: PreparedUnit.Line, _ findings: [RowFinding]) {
                held[unit.number, default: [:]][line.line, default: []] += findings
            }
            var isScattered = false
            for line in unit.lines {
                if !line.findings.isEmpty { refuse(line, line.findings) }
                if let key = line.personHash, let first = firstLines[key], first < start {
                    refuse(line, [content.isLinked ? Self.repeatedRow : Self.repeatedPerson])
                }
                if !isScattered, let key = line.householdHash, let first = firstLines[key], first < start {
                    isScattered = true
                    refuse(line, [Self.repeatedHousehold])
                }
            }
        }
        return held
    }

    private static let repeatedPerson = RowFinding(
        "person_key", "key.repeated", "The key stands in an earlier household of the file.",
        "Give every person one key, and name every person once.")
    private static let repeatedRow = RowFinding(
        "", "key.repeated", "The key stands in an earlier line of the file.", "Keep one of the two lines.")
    private static let repeatedHousehold = RowFinding(
        "household_key", "household.repeated", "Lines of this household stand earlier in the file.",
        "Put all lines of a household together.")

    func count(_ chunk: Chunk, held: [Int: [Int: [RowFinding]]], parts: Parts) -> ImportCounts {
        var counts = ImportCounts()
        counts.rowsRead = chunk.rowCount
        for unit in chunk.units {
            guard let bad = held[unit.number] else {
                counts.rowsAccepted += unit.lines.count
                continue
            }
            counts.rowsBad += bad.count
            counts.rowsHeld += unit.lines.count - bad.count
        }
        counts.householdsRegistered = parts.new.count
        counts.peopleRegistered = parts.new.reduce(0) { $0 + $1.peopleCount }
        counts.householdsUnchanged = parts.unchanged.count
        counts.peopleUnchanged = parts.unchanged.reduce(0) { $0 + $1.peopleCount }
        return counts
    }

    func commandRow(
        _ command: CommandID, _ chunk: Chunk, _ counts: ImportCounts, now: Date, _ mandate: Mandate
    ) -> SQL {
        let outcome: JSON = [
            "command": .string(command.description), "main": .string(batch.lowercased),
            "chunk": JSON(integerLiteral: chunk.number),
            "households": JSON(integerLiteral: counts.householdsRegistered),
            "people": JSON(integerLiteral: counts.peopleRegistered),
        ]
        return """
            INSERT INTO registry.command (id, kind, actor_id, purpose, trace, recorded_at, outcome)
            VALUES (
                \(command), 'import.apply', \(mandate.actor), \(mandate.purpose.rawValue),
                \(mandate.trace.description), \(now), \(JSONB(outcome.serialized())))
            """
    }

    func quarantine(_ chunk: Chunk, held: [Int: [Int: [RowFinding]]]) -> [SQL] {
        guard !held.isEmpty else { return [] }
        var lines: [Int64] = []
        var bad: [Bool] = []
        var findings: [String] = []
        var raw: [[UInt8]] = []
        for unit in chunk.units {
            guard let reasons = held[unit.number] else { continue }
            for line in unit.lines {
                let own = reasons[line.line] ?? []
                lines.append(Int64(line.line))
                bad.append(!own.isEmpty)
                findings.append(JSON.array((own.isEmpty ? [.held] : own).map(\.json)).text)
                raw.append(context.keys.seal(line.raw, context: Quarantine.context))
            }
        }
        return [
            """
            INSERT INTO intake.quarantine (batch_id, line, chunk, is_bad, findings, raw)
            SELECT \(batch), line, \(chunk.number), is_bad, findings::jsonb, raw
            FROM unnest(\(lines)::bigint[], \(bad)::boolean[], \(findings)::text[], \(raw)::bytea[])
                AS q (line, is_bad, findings, raw)
            """
        ]
    }

    /// The chunk is done: the batch goes on after it.
    func bookkeeping(_ chunk: Chunk, _ counts: ImportCounts, command: CommandID?) -> [SQL] {
        [
            """
            INSERT INTO intake.import_chunk (
                batch_id, number, first_line, last_line, end_offset, command_id, done_at)
            VALUES (
                \(batch), \(chunk.number), \(chunk.firstLine), \(chunk.lastLine), \(chunk.nextOffset), \(command),
                clock_timestamp())
            """,
            """
            UPDATE intake.import_batch SET
                updated_at = clock_timestamp(), chunks = chunks + 1, next_offset = \(chunk.nextOffset),
                next_line = \(chunk.nextLine), next_unit = \(chunk.nextUnit),
                rows_read = rows_read + \(counts.rowsRead), rows_accepted = rows_accepted + \(counts.rowsAccepted),
                rows_bad = rows_bad + \(counts.rowsBad), rows_held = rows_held + \(counts.rowsHeld),
                households_registered = households_registered + \(counts.householdsRegistered),
                households_updated = households_updated + \(counts.householdsUpdated),
                households_unchanged = households_unchanged + \(counts.householdsUnchanged),
                people_registered = people_registered + \(counts.peopleRegistered),
                people_updated = people_updated + \(counts.peopleUpdated),
                people_unchanged = people_unchanged + \(counts.peopleUnchanged),
                reports_registered = reports_registered + \(counts.reportsRegistered),
                reports_updated = reports_updated + \(counts.reportsUpdated),
                reports_unchanged = reports_unchanged + \(counts.reportsUnchanged),
                codes_registered = codes_registered + \(counts.codesRegistered),
                codes_unchanged = codes_unchanged + \(counts.codesUnchanged)
            WHERE id = \(batch)
            """,
        ]
    }
}

extension ImportCounts {
    mutating func add(_ revision: Revision.Result) {
        householdsRegistered += revision.householdsRegistered
        householdsUpdated += revision.householdsUpdated
        householdsUnchanged += revision.householdsUnchanged
        peopleRegistered += revision.peopleRegistered
        peopleUpdated += revision.peopleUpdated
        peopleUnchanged += revision.peopleUnchanged
    }
}
