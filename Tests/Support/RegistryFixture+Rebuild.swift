import Documents
import Foundation
import Groundwork
import Postgres
import Registry

extension RegistryFixture {
    /// Subjects whose stored enrolments and benefits are not those of their records.
    package func participationThatDiffers() async throws -> [String] {
        try await database.read(as: mandate) { tx in
            var stored: [Subject: Set<String>] = [:]
            for row in try await tx.query(
                "SELECT subject_kind, subject_id, (to_jsonb(t) - 'ordinal')::text FROM registry.participation AS t")
            {
                let subject = Subject(
                    SubjectKind(rawValue: try row.get(0)) ?? .person, try row.get(1, as: UUID.self))
                stored[subject, default: []].insert(try row.get(2))
            }
            let context = context
            var subjects: [Subject] = []
            for kind in [SubjectKind.person, .household] {
                for row in try await tx.query("SELECT id FROM registry.\(unchecked: kind.rawValue)") {
                    subjects.append(Subject(kind, try row.get(0, as: UUID.self)))
                }
            }
            let loaded = try await context.records.load(subjects, in: tx)
            var wrong = Set(stored.keys).subtracting(subjects).map { "\($0) is gone" }
            for subject in subjects {
                let records = loaded.records[subject] ?? []
                let items =
                    subject.kind == .person
                    ? context.survivorship.person(
                        ID(subject.id), records: records, householdOf: { loaded.households[$0] })?.participation
                    : context.survivorship.household(ID(subject.id), records: records)?.participation
                let rebuilt = JSON.array((items ?? []).map { $0.row(of: subject) })
                let texts = try await tx.query(
                    """
                    SELECT (to_jsonb(t) - 'ordinal')::text
                    FROM jsonb_populate_recordset(NULL::registry.participation, \(JSONB(rebuilt.serialized()))) AS t
                    """)
                if try Set(texts.map { try $0.get(0, as: String.self) }) != stored[subject] ?? [] {
                    wrong.append("\(subject)")
                }
            }
            return wrong
        }
    }
}
