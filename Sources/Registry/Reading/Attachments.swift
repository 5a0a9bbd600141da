import Documents
package import Foundation
import Groundwork
package import Postgres

/// A photo or document of a person or household; its bytes lie encrypted in a file named by `hash`.
package struct Attachment: Sendable {
    package enum Kind: String, Sendable, CaseIterable { case photo, document }

    package var id: UUID
    package var subject: Subject
    package var kind: Kind
    /// Keyed hash of the content.
    package var hash: [UInt8]
    package var mediaType: String
    /// Bytes of the content.
    package var size: Int
    package var label: String?
    package var command: CommandID
    package var recordedAt: Date
}

/// The table of attachments.
package enum Attachments {
    private static let columns: SQL = """
        SELECT id, subject_kind, subject_id, kind, hash, media_type, size, label, command_id, recorded_at
        FROM registry.attachment
        """

    /// What is to be added, once its file is written.
    package struct Draft: Sendable {
        package var subject: Subject
        package var kind: Attachment.Kind
        package var hash: [UInt8]
        package var mediaType: String
        package var size: Int
        package var label: String?

        package init(
            subject: Subject, kind: Attachment.Kind, hash: [UInt8], mediaType: String, size: Int, label: String?
        ) {
            (self.subject, self.kind, self.hash) = (subject, kind, hash)
            (self.mediaType, self.size, self.label) = (mediaType, size, label)
        }
    }

    /// Adds an attachment with its command and its event.
    ///
    /// - Returns: the command and the attachment; those of the earlier request when the idempotency key repeats one.
    package static func add(
        _ draft: Draft, key: String?, hash: [UInt8], in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (command: CommandID, id: UUID, isRepeat: Bool) {
        if let earlier = try await CommandLog.earlier(key: key, hash: hash, in: tx) {
            guard let command = earlier["command"]?.string.flatMap({ CommandID($0) }),
                let id = earlier["main"]?.string.flatMap({ UUID(uuidString: $0) })
            else { throw .idempotencyMismatch }
            return (command, id, true)
        }
        guard let row = try await SubjectLookup.row(draft.subject.kind, id: draft.subject.id, in: tx) else {
            throw draft.subject.kind == .person ? .personNotFound : .householdNotFound
        }
        if let survivor = row.mergedInto { throw .merged(into: survivor.lowercased) }
        let id = UUIDv7.next()
        let command = try await CommandLog.note(
            "attachment.add", outcome: ["main": .string(id.lowercased)], key: key, hash: hash, in: tx)
        _ = try await query(
            all: [
                """
                INSERT INTO registry.attachment (
                    id, subject_kind, subject_id, kind, hash, media_type, size, label, command_id, recorded_at)
                VALUES (
                    \(id), \(draft.subject.kind.rawValue), \(draft.subject.id), \(draft.kind.rawValue), \(draft.hash),
                    \(draft.mediaType), \(Int64(draft.size)), \(draft.label), \(command), now())
                """,
                event(of: draft, row, command, tx.mandate),
            ], in: tx)
        return (command, id, false)
    }

    private static func event(
        of draft: Draft, _ row: SubjectRow, _ command: CommandID, _ mandate: Mandate
    ) -> SQL {
        let event = Event(
            type: draft.subject.kind == .person ? .personUpdated : .householdUpdated,
            subjectKind: draft.subject.kind.rawValue, subjectID: row.id, subjectVersion: row.version,
            command: command, recordedAt: Date(), body: ["changed": [.string(draft.kind.rawValue)]])
        return """
            INSERT INTO registry.event (\(unchecked: Event.columns))
            SELECT \(unchecked: Event.columns)
            FROM jsonb_populate_recordset(NULL::registry.event, \(JSONB(JSON.array([event.json(mandate)]).serialized())))
            """
    }

    package static func find(_ id: UUID, in tx: borrowing Transaction) async throws(RegistryFault) -> Attachment {
        let rows = try await query("\(fragment: columns) WHERE id = \(id)", in: tx)
        guard let row = rows.first else { throw .attachmentNotFound }
        return try decode(row)
    }

    /// Attachments of one subject, the newest first; at most 200.
    package static func list(
        of subject: Subject, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [Attachment] {
        let rows = try await query(
            """
            \(fragment: columns)
            WHERE subject_id = \(subject.id) AND subject_kind = \(subject.kind.rawValue)
            ORDER BY id DESC
            LIMIT 200
            """, in: tx)
        var all: [Attachment] = []
        for row in rows { all.append(try decode(row)) }
        return all
    }

    private static func decode(_ row: Row) throws(RegistryFault) -> Attachment {
        do {
            return Attachment(
                id: try row.get(0), subject: Subject(SubjectKind(rawValue: try row.get(1)) ?? .person, try row.get(2)),
                kind: Attachment.Kind(rawValue: try row.get(3)) ?? .document, hash: try row.get(4),
                mediaType: try row.get(5), size: Int(try row.get(6, as: Int64.self)), label: try row.get(7),
                command: ID(try row.get(8, as: UUID.self)), recordedAt: try row.get(9))
        } catch {
            throw .store(error)
        }
    }
}
