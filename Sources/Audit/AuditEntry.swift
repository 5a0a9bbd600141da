package import Foundation
package import Groundwork
package import Registry

/// One release or change of personal data, as it goes on record.
package struct AuditEntry: Sendable {
    package var recordedAt: Date
    package var actor: ActorID
    /// The system that asked, as it names itself, else the address it came from.
    package var client: String?
    /// A route by method and template, or a command of the program.
    package var operation: String
    package var purpose: Purpose
    /// Agreement and version under which it left; nil where it rests on a scope alone.
    package var agreement: String?
    /// The command by which a change was made.
    package var command: CommandID?
    /// HTTP status; 0 where there is none.
    package var status: Int
    /// Names of the attributes that left or were changed.
    package var fields: Set<String>
    package var subjects: [Subject]
    /// SHA-256 of the exact bytes that left.
    package var released: [UInt8]?
    package var releasedBytes: Int
    package var trace: TraceID

    package init(
        at recordedAt: Date, actor: ActorID, operation: String, purpose: Purpose, trace: TraceID, client: String? = nil,
        agreement: String? = nil, command: CommandID? = nil, status: Int = 0, fields: Set<String> = [],
        subjects: [Subject] = [], released: [UInt8]? = nil, releasedBytes: Int = 0
    ) {
        (self.recordedAt, self.actor, self.client, self.operation) = (recordedAt, actor, client, operation)
        (self.purpose, self.agreement, self.command, self.status) = (purpose, agreement, command, status)
        (self.fields, self.subjects, self.released) = (fields, subjects, released)
        (self.releasedBytes, self.trace) = (releasedBytes, trace)
    }

    /// At most so many subjects stand in one entry.
    package static let mostSubjects: Int = 1000

    /// The same release in entries of at most 1,000 subjects each.
    var pieces: [AuditEntry] {
        guard subjects.count > Self.mostSubjects else { return [self] }
        return stride(from: 0, to: subjects.count, by: Self.mostSubjects).map { start in
            var piece = self
            piece.subjects = Array(subjects[start..<min(start + Self.mostSubjects, subjects.count)])
            return piece
        }
    }

    var fieldList: String { fields.sorted().joined(separator: ",") }
}
