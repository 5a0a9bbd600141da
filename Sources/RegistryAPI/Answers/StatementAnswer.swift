import Documents
import Foundation
import Groundwork
import Registry

/// One statement as answered, with the interval of recorded time in which it counted.
enum StatementAnswer {
    typealias Counted = (record: SourceRecord, from: Date, to: Date?)

    static func write(_ statement: Counted, to writer: inout JSONWriter, _ style: AnswerStyle) {
        let record = statement.record
        writer.object { writer in
            writer.member("id", record.id.description)
            writer.member("source", record.source)
            // A source may use a number of the person as its key.
            if style.showsIdentifiers { writer.member("source_key", record.sourceKey) }
            writer.member("command", record.command.description)
            writer.member("batch", record.batch?.lowercased)
            writer.member("survey", record.survey?.lowercased)
            writer.member("observed_on", record.observedOn)
            writer.member("recorded_at", instant: record.recordedAt)
            writer.member("actor", record.actor.description)
            writer.member("assurance", record.assurance.rawValue)
            writer.member("attributes", .object(record.claims))
            style.contacts(record.contacts ?? Contacts(), to: &writer)
            writer.key("membership")
            write(record.membership, to: &writer)
            writer.member("counted_from", instant: statement.from)
            writer.member("counted_to", instant: statement.to)
        }
    }

    private static func write(_ claim: MembershipClaim?, to writer: inout JSONWriter) {
        guard let claim else { return writer.null() }
        writer.object { writer in
            writer.member("operation", claim.operation.rawValue)
            writer.member("household_statement", claim.household.description)
            writer.member("on", claim.on)
            writer.member("role", claim.role?.rawValue)
            writer.member("relationship", claim.relationship)
            writer.member("recipient", claim.recipient?.rawValue)
            writer.member("reason", claim.reason)
            writer.member("successor", id: claim.successor)
        }
    }
}
