package import Documents
package import Foundation
package import Groundwork
package import Postgres

/// One survey as taken.
package struct Survey: Sendable {
    package var id: UUID
    package var questionnaire: String
    package var version: Int
    package var subject: Subject
    package var observedOn: CalendarDate
    package var recordedAt: Date
    package var actor: ActorID
    package var command: CommandID
    package var answers: JSON
}

/// Reads surveys and the questionnaires they follow.
package enum Surveys {
    private static let columns: SQL = """
        SELECT id, questionnaire, questionnaire_version, subject_kind, subject_id, observed_on, recorded_at, actor_id,
            command_id, answers
        FROM registry.survey
        """

    package static func find(_ id: UUID, in tx: borrowing Transaction) async throws(RegistryFault) -> Survey {
        let rows = try await query("\(fragment: columns) WHERE id = \(id)", in: tx)
        guard let row = rows.first else { throw .surveyNotFound }
        return try decode(row)
    }

    /// Surveys about one subject, the newest first; at most `limit`.
    package static func list(
        of subject: Subject, limit: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [Survey] {
        let rows = try await query(
            """
            \(fragment: columns)
            WHERE subject_id = \(subject.id) AND subject_kind = \(subject.kind.rawValue)
            ORDER BY observed_on DESC, id DESC
            LIMIT \(limit)
            """, in: tx)
        var surveys: [Survey] = []
        for row in rows { surveys.append(try decode(row)) }
        return surveys
    }

    private static func decode(_ row: Row) throws(RegistryFault) -> Survey {
        do {
            let answers: JSONB = try row.get(9)
            let kind = SubjectKind(rawValue: try row.get(3)) ?? .person
            return Survey(
                id: try row.get(0), questionnaire: try row.get(1), version: Int(try row.get(2, as: Int32.self)),
                subject: Subject(kind, try row.get(4)), observedOn: try row.get(5), recordedAt: try row.get(6),
                actor: ID(try row.get(7, as: UUID.self)), command: ID(try row.get(8, as: UUID.self)),
                answers: try JSON.parse(answers.bytes))
        } catch {
            throw .defect("a stored survey cannot be read")
        }
    }
}

/// A questionnaire as loaded from the profile.
package struct LoadedQuestionnaire: Sendable {
    package var code: String
    package var version: Int
    package var title: String
    package var subjectKind: String
    package var loadedAt: Date
    package var definition: JSON
}

extension Surveys {
    /// Every version of every questionnaire, without its definition.
    package static func questionnaires(
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [LoadedQuestionnaire] {
        let rows = try await query(
            """
            SELECT code, version, title, subject_kind, loaded_at, '{}'::jsonb
            FROM registry.questionnaire
            ORDER BY code, version
            """, in: tx)
        var all: [LoadedQuestionnaire] = []
        for row in rows { all.append(try questionnaire(row)) }
        return all
    }

    /// One version with its definition; nil when it is not loaded.
    package static func questionnaire(
        _ code: String, version: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> LoadedQuestionnaire? {
        let rows = try await query(
            """
            SELECT code, version, title, subject_kind, loaded_at, definition
            FROM registry.questionnaire
            WHERE code = \(code) AND version = \(version)
            """, in: tx)
        guard let row = rows.first else { return nil }
        return try questionnaire(row)
    }

    private static func questionnaire(_ row: Row) throws(RegistryFault) -> LoadedQuestionnaire {
        do {
            let definition: JSONB = try row.get(5)
            return LoadedQuestionnaire(
                code: try row.get(0), version: Int(try row.get(1, as: Int32.self)), title: try row.get(2),
                subjectKind: try row.get(3), loadedAt: try row.get(4), definition: try JSON.parse(definition.bytes))
        } catch {
            throw .defect("a questionnaire cannot be read")
        }
    }
}
