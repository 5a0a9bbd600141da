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

    /// Somebody's wish that the formula leave force, and what somebody else said to it.
    package struct Retirement: Sendable {
        package var askedBy: ActorID
        package var askedByName: String?
        package var reason: String
        package var askedAt: Date
        /// `sign`, `reject`, or `overtaken` when another version replaced the formula; nil while it is open.
        package var decision: String?
        package var decidedBy: ActorID?
        package var decidedByName: String?
        package var decidedAt: Date?
        package var answer: String?
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
    /// Nil for drafts, and where it was submitted before this was kept.
    package var submittedBy: ActorID?
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
    /// The latest, open or decided.
    package var retirement: Retirement?

    /// Whether its scores count on that day: it is active, and the day is one of its own.
    func isInForce(on day: CalendarDate) -> Bool { state == .active && formula.isValid(on: day) }

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

extension StoredFormula.Retirement {
    static let columns: SQL = """
        r.formula_id, r.asked_by, a.name, r.reason, r.asked_at, r.decision, r.decided_by, d.name, r.decided_at, r.answer
        """

    init(_ row: Row) throws {
        (askedBy, askedByName) = (ID(try row.get(1, as: UUID.self)), try row.get(2))
        (reason, askedAt, decision) = (try row.get(3), try row.get(4), try row.get(5))
        decidedBy = try row.get(6, as: UUID?.self).map { ID($0) }
        (decidedByName, decidedAt, answer) = (try row.get(7), try row.get(8), try row.get(9))
    }
}

extension StoredFormula {
    static let columns: SQL = """
        f.id, f.document, f.binding, f.state, f.author_id, f.drafted_at, f.submitted_at, f.activated_at, f.ended_at, f.reason,
        f.checked, f.dry_run, f.submitted_by
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
        submittedBy = try row.get(12, as: UUID?.self).map { ID($0) }
        (draftedAt, submittedAt) = (try row.get(5), try row.get(6))
        (activatedAt, endedAt, reason) = (try row.get(7), try row.get(8), try row.get(9))
        self.checked = try checked.map { try JSON.parse($0.bytes) }
        self.dryRun = try dryRun.map { try JSON.parse($0.bytes) }
    }
}
