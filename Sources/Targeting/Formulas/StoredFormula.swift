package import Documents
package import Foundation
package import Groundwork
import Postgres
package import Scorecards

/// A formula on record, with where it stands in its life.
package struct StoredFormula: Sendable {
    package enum State: String, Sendable, CaseIterable {
        case draft, submitted, active, retired, rejected
    }

    package struct Signature: Sendable {
        package var actor: ActorID
        /// The actor's name, where it is on record.
        package var name: String?
        package var decision: String
        package var reason: String?
        package var at: Date
    }

    /// The number inside, by which scores name it.
    package var id: Int32
    package var formula: Formula
    package var document: JSON
    /// Fixed when the formula is submitted.
    package var binding: Binding?
    package var bindingDocument: JSON?
    package var state: State
    package var author: ActorID
    package var draftedAt: Date
    package var submittedAt: Date?
    package var activatedAt: Date?
    package var endedAt: Date?
    /// Why it was retired or rejected.
    package var reason: String?
    /// Warnings of the check when it was submitted.
    package var checked: JSON?
    package var dryRun: JSON?
    package var signatures: [Signature] = []

    /// For the log of events, which knows subjects by UUID: the first half of the digest.
    package var eventID: UUID { Self.eventID(sha256: formula.sha256) }

    static func eventID(sha256: String) -> UUID {
        var bytes: [UInt8] = []
        var rest = Substring(sha256)
        while bytes.count < 16, rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        while bytes.count < 16 { bytes.append(0) }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}

extension StoredFormula {
    static let columns: SQL = """
        f.id, f.document, f.binding, f.state, f.author_id, f.drafted_at, f.submitted_at, f.activated_at, f.ended_at, f.reason,
        f.checked, f.dry_run
        """

    init(_ row: Row) throws {
        let document: JSONB = try row.get(1)
        let binding: JSONB? = try row.get(2)
        let (checked, dryRun): (JSONB?, JSONB?) = (try row.get(10), try row.get(11))
        guard let state = State(rawValue: try row.get(3)) else {
            throw TargetingFault.defect("a formula has an unknown state")
        }
        id = try row.get(0)
        self.document = try JSON.parse(document.bytes)
        formula = try Formula(self.document)
        bindingDocument = try binding.map { try JSON.parse($0.bytes) }
        self.binding = try bindingDocument.map { try Binding($0) }
        self.state = state
        author = ID(try row.get(4, as: UUID.self))
        (draftedAt, submittedAt) = (try row.get(5), try row.get(6))
        (activatedAt, endedAt, reason) = (try row.get(7), try row.get(8), try row.get(9))
        self.checked = try checked.map { try JSON.parse($0.bytes) }
        self.dryRun = try dryRun.map { try JSON.parse($0.bytes) }
    }
}
