import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// What programmes reported: new reports go the set-based way, those that change an earlier one are folded.
extension ChunkApplier {
    /// What is known of the reports of a chunk, by number of the row.
    private struct Known {
        var subject: UUID?
        var earlier: (record: UUID, subject: Subject, isSame: Bool)?
        var isReported: Bool
    }

    func applyReports(
        _ chunk: Chunk, keys: [UUID: Int], in tx: borrowing Transaction
    ) async throws -> ImportCounts {
        let sql = LinkedSQL(batch: batch, chunk: chunk.number, source: source, byID: usesRegistryKeys)
        var opened = try await open(chunk, keys: keys, asking: [sql.reports], in: tx)
        let known = try known(opened.answers[0])
        for unit in opened.sound(chunk) where known[unit.number]?.subject == nil {
            opened.refuse(unit, Self.unknownSubject(unit.content?.about?.kind ?? .person))
        }
        var counts = count(chunk, held: opened.held, parts: Parts())
        var (new, changed): ([PreparedUnit], [PreparedUnit]) = ([], [])
        for unit in opened.sound(chunk) {
            guard let held = known[unit.number], let subject = held.subject else { continue }
            if let earlier = held.earlier, earlier.isSame, earlier.subject.id == subject {
                counts.reportsUnchanged += 1
            } else if held.earlier != nil || held.isReported {
                counts.reportsUpdated += 1
                changed.append(unit)
            } else {
                counts.reportsRegistered += 1
                new.append(unit)
            }
        }
        // Who has a changed report is written once, with all that the chunk says of him.
        let folded = Set(changed.compactMap { known[$0.number]?.subject })
        changed += new.filter { known[$0.number]?.subject.map { folded.contains($0) } ?? false }
        new.removeAll { known[$0.number]?.subject.map { folded.contains($0) } ?? false }
        let command = chunk.command
        var work: [SQL] = []
        if !isDryRun, !new.isEmpty || !changed.isEmpty {
            try await lock(new + changed, known, in: tx)
            if !new.isEmpty {
                let subjects = new.compactMap { known[$0.number]?.subject }
                work += NewReportsSQL(
                    batch: batch, chunk: chunk.number, command: command, source: source, now: opened.now,
                    mandate: tx.mandate, units: new.map { Int32($0.number) }, subjects: subjects
                ).statements(Set(new.compactMap { $0.content?.about?.kind }))
            }
            if !changed.isEmpty {
                let (folding, same) = try await fold(changed, known, command, now: opened.now, in: tx)
                work += folding
                counts.reportsUpdated -= same
                counts.reportsUnchanged += same
            }
        }
        return try await close(chunk, opened, counts, command: command, work, in: tx)
    }

    private func known(_ rows: Rows) throws -> [Int: Known] {
        var known: [Int: Known] = [:]
        for row in rows {
            var held = Known(subject: try row.get(1), isReported: try row.get(5))
            if let record: UUID = try row.get(2) {
                let kind = SubjectKind(rawValue: try row.get(6)) ?? .person
                held.earlier = (record: record, subject: Subject(kind, try row.get(3)), isSame: try row.get(4))
            }
            known[Int(try row.get(0, as: Int32.self))] = held
        }
        return known
    }

    private static func unknownSubject(_ kind: SubjectKind) -> RowFinding {
        RowFinding(
            "", "participation.unknown_\(kind.rawValue)", "No \(kind.rawValue) of this source has this key.",
            "Import the file with the \(kind.rawValue) first, or correct the key.")
    }

    /// In the order in which every command locks.
    private func lock(_ units: [PreparedUnit], _ known: [Int: Known], in tx: borrowing Transaction) async throws {
        func ids(_ kind: SubjectKind) -> [UUID] {
            units.filter { $0.content?.about?.kind == kind }.compactMap { known[$0.number]?.subject }
        }
        _ = try await tx.query(all: [
            "SELECT FROM registry.household WHERE id = ANY(\(ids(.household))) ORDER BY id FOR UPDATE",
            "SELECT FROM registry.person WHERE id = ANY(\(ids(.person))) ORDER BY id FOR UPDATE",
        ])
    }

    /// Reports that replace earlier ones; a report that was about somebody else is taken away from him.
    private func fold(
        _ units: [PreparedUnit], _ known: [Int: Known], _ command: CommandID, now: Date, in tx: borrowing Transaction
    ) async throws -> (work: [SQL], same: Int) {
        var same = 0
        var fold = Fold(context: context, command: command, now: now)
        var subjects: Set<Subject> = []
        var moved: [(record: UUID, from: Subject)] = []
        for unit in units {
            guard let kind = unit.content?.about?.kind, let held = known[unit.number], let subject = held.subject else {
                continue
            }
            subjects.insert(Subject(kind, subject))
            if let earlier = held.earlier, earlier.subject.id != subject {
                moved.append((record: earlier.record, from: earlier.subject))
            }
        }
        subjects.formUnion(moved.map(\.from))
        fold.reported = subjects
        try await fold.load(
            people: subjects.filter { $0.kind == .person }.map { ID($0.id) },
            households: subjects.filter { $0.kind == .household }.map { ID($0.id) }, in: tx)
        for item in moved { fold.remove(ID(item.record), from: item.from) }
        for unit in units {
            guard let content = unit.content, let report = content.report, let kind = content.about?.kind,
                let subject = known[unit.number]?.subject
            else { continue }
            if usesRegistryKeys, fold.reports(of: Subject(kind, subject)).contains(report.item) {
                same += 1
                continue
            }
            fold.state(report.record.recorded(by: fold), about: Subject(kind, subject))
        }
        try await fold.derive(in: tx)
        try await fold.number(in: tx)
        return (same == units.count ? [] : fold.statements(tx.mandate), same)
    }
}
