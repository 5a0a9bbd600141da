package import Cryptography
import Documents
package import Foundation
package import Groundwork
package import Postgres

/// Reads and writes source records and links.
package struct RecordStore: Sendable {
    let keys: KeyRing

    package init(keys: KeyRing) {
        self.keys = keys
    }

    /// Records of subjects with the households that their membership claims lead to.
    package struct Loaded: Sendable {
        package var records: [Subject: [SourceRecord]] = [:]
        package var households: [ID<SourceRecord>: ID<Household>] = [:]
        /// Records that a merge of households brought to where they are.
        package var brought: Set<ID<SourceRecord>> = []
    }

    /// All records linked to the subjects, at the point of knowing.
    ///
    /// - Parameter known: the instant as of which links and records count; nil for now.
    package func load(
        _ subjects: [Subject], known: Date? = nil, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Loaded {
        guard !subjects.isEmpty else { return Loaded() }
        let results = try await query(all: Self.loading(subjects, known: known), in: tx)
        return try decode(results[0], results[1])
    }

    /// The two statements of `load`, so that a caller can send them together with others.
    package static func loading(_ subjects: [Subject], known: Date?) -> [SQL] {
        let ids = subjects.map(\.id)
        let held: SQL
        let anchorHeld: SQL
        if let known {
            held = "l.recorded_from <= \(known) AND l.recorded_to > \(known)"
            anchorHeld = "a.recorded_from <= \(known) AND a.recorded_to > \(known)"
        } else {
            held = "l.recorded_to = 'infinity'"
            anchorHeld = "a.recorded_to = 'infinity'"
        }
        let records: SQL = """
            SELECT l.subject_kind, l.subject_id, r.id, r.source, r.source_key, r.command_id, r.batch_id, r.survey_id,
                r.observed_on, r.recorded_at, r.actor_id, r.assurance, r.household_record, r.membership, r.claims,
                r.sealed, l.opened_by <> r.command_id AND EXISTS (
                    SELECT FROM registry.command AS c WHERE c.id = l.opened_by AND c.kind = 'household.merge')
            FROM registry.link AS l
            JOIN registry.source_record AS r ON r.id = l.record_id
            WHERE l.subject_id = ANY(\(ids))
                AND \(fragment: held)
            """
        let anchors: SQL = """
            SELECT DISTINCT a.record_id, a.subject_id
            FROM registry.link AS l
            JOIN registry.source_record AS r ON r.id = l.record_id
            JOIN registry.link AS a ON a.record_id = r.household_record
            WHERE l.subject_id = ANY(\(ids))
                AND r.household_record IS NOT NULL
                AND \(fragment: held)
                AND \(fragment: anchorHeld)
            """
        return [records, anchors]
    }

    /// One statement for each of the rows that `taken` gives: kind and id of a subject, and a record that is not his now.
    ///
    /// The columns are those of `loading`, so that `decode` reads them.
    package static func loading(taken: SQL) -> SQL {
        """
        SELECT t.subject_kind, t.subject_id, r.id, r.source, r.source_key, r.command_id, r.batch_id, r.survey_id,
            r.observed_on, r.recorded_at, r.actor_id, r.assurance, r.household_record, r.membership, r.claims, r.sealed,
            false
        FROM (\(fragment: taken)) AS t
        JOIN registry.source_record AS r ON r.id = t.record_id
        """
    }

    package func decode(_ recordRows: Rows, _ anchorRows: Rows? = nil) throws(RegistryFault) -> Loaded {
        var loaded = Loaded()
        do {
            for row in recordRows {
                let kind = SubjectKind(rawValue: try row.get(0)) ?? .person
                let subject = Subject(kind, try row.get(1))
                let record = try record(row, kind: kind)
                loaded.records[subject, default: []].append(record)
                if try row.get(16) { loaded.brought.insert(record.id) }
            }
            if let anchorRows {
                for row in anchorRows { loaded.households[ID(try row.get(0))] = ID(try row.get(1)) }
            }
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("a stored record cannot be read")
        }
        return loaded
    }

    func record(_ row: Row, kind: SubjectKind) throws -> SourceRecord {
        let household: UUID? = try row.get(12)
        let membership: JSONB? = try row.get(13)
        var claim: MembershipClaim?
        if let household, let membership {
            claim = MembershipClaim(household: ID(household), json: try JSON.parse(membership.bytes))
        }
        let claims: JSONB = try row.get(14)
        let sealed: [UInt8]? = try row.get(15)
        let id = ID<SourceRecord>(try row.get(2, as: UUID.self))
        return SourceRecord(
            id: id, kind: kind, source: try row.get(3), sourceKey: try row.get(4),
            command: ID(try row.get(5, as: UUID.self)), batch: try row.get(6), survey: try row.get(7),
            observedOn: try row.get(8), recordedAt: try row.get(9), actor: ID(try row.get(10, as: UUID.self)),
            assurance: Assurance(rawValue: try row.get(11)) ?? .declared, membership: claim,
            claims: try JSON.parse(claims.bytes).object ?? [:],
            contacts: try sealed.map { try Contacts(opening: $0, with: keys) })
    }

    /// The row of a record as `json_populate_recordset` reads it.
    func json(_ record: SourceRecord) -> JSON {
        let sealed = record.contacts.map { $0.sealed(with: keys) }
        var row: JSONObject = [
            "id": .string(record.id.description), "subject_kind": .string(record.kind.rawValue),
            "source": .string(record.source), "source_key": .string(record.sourceKey),
            "command_id": .string(record.command.description), "batch_id": .uuid(record.batch),
            "survey_id": .uuid(record.survey), "content_hash": .bytea(record.contentHash(with: keys)),
            "observed_on": .string(record.observedOn.description), "recorded_at": .instant(record.recordedAt),
            "actor_id": .string(record.actor.description), "assurance": .string(record.assurance.rawValue),
            "claims": .object(record.claims), "sealed": sealed.map { .bytea($0) } ?? .null,
        ]
        row["household_record"] = record.membership.map { .string($0.household.description) } ?? .null
        row["membership"] = record.membership.map(\.json) ?? .null
        return .object(row)
    }
}

/// Runs statements in one round trip and turns the store's error into ours.
func query(all statements: [SQL], in tx: borrowing Transaction) async throws(RegistryFault) -> [Rows] {
    do {
        return try await tx.query(all: statements)
    } catch {
        throw .store(error)
    }
}

/// Runs one statement and turns the store's error into ours.
func query(_ statement: SQL, in tx: borrowing Transaction) async throws(RegistryFault) -> Rows {
    do {
        return try await tx.query(statement)
    } catch {
        throw .store(error)
    }
}

/// The same as `query(_:in:)` for places where that name means something else.
func runQuery(_ statement: SQL, in tx: borrowing Transaction) async throws(RegistryFault) -> Rows {
    try await query(statement, in: tx)
}
