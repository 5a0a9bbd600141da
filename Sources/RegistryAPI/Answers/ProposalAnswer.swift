import Documents
import Groundwork
import Registry

/// A proposal as answered; its command in the form in which it was sent, identifiers masked as everywhere.
enum ProposalAnswer {
    static func write(
        _ proposal: Proposal, _ decisions: [ProposalDecision]?, to writer: inout JSONWriter, _ style: AnswerStyle
    ) {
        writer.object { writer in
            writer.member("id", proposal.id.description)
            writer.member("state", proposal.state.rawValue)
            writer.key("command")
            write(command: proposal.command, to: &writer, style)
            writer.member("observed_on", proposal.terms["observed_on"] ?? .null)
            writer.member("assurance", proposal.terms["assurance"] ?? .null)
            writer.member("base_version", proposal.baseVersion)
            writer.member("reason", proposal.reason)
            writer.member("evidence", proposal.evidence ?? .null)
            writer.member("approvals_needed", proposal.approvalsNeeded)
            writer.member("approvals", proposal.approvals)
            writer.member("proposed_by", proposal.proposedBy.description)
            writer.member("proposed_at", instant: proposal.proposedAt)
            writer.member("executed", id: proposal.executed)
            if let decisions {
                writer.key("decisions")
                writer.array { writer in
                    for decision in decisions { write(decision, to: &writer) }
                }
            }
        }
    }

    private static func write(_ decision: ProposalDecision, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("actor", decision.actor.description)
            writer.member("decision", decision.isApproval ? "approve" : "reject")
            writer.member("reason", decision.reason)
            writer.member("decided_at", instant: decision.decidedAt)
        }
    }

    /// What `id` means in the registry's own form of a command.
    private static func nameOfID(_ command: JSON) -> String {
        let kind = command["kind"]?.string ?? ""
        if kind == "command.undo" { return "command" }
        if let subject = command["subject_kind"]?.string { return subject }
        return kind.hasPrefix("person.") ? "person" : "household"
    }

    private static func write(command: JSON, to writer: inout JSONWriter, _ style: AnswerStyle) {
        writer.object { writer in
            for (name, value) in command.object ?? [:] where name != "subject_kind" {
                if name == "id" {
                    writer.member(nameOfID(command), value)
                } else {
                    write(name, value, to: &writer, style)
                }
            }
        }
    }

    /// One member: drafts within drafts stand beside what surrounds them, as in requests.
    private static func write(_ name: String, _ value: JSON, to writer: inout JSONWriter, _ style: AnswerStyle) {
        switch (name, value) {
        case ("contacts", _): style.contacts(Contacts(value), to: &writer)
        case ("claims", _): writer.member("attributes", value)
        case ("person", .object(let draft)), ("household", .object(let draft)), ("member", .object(let draft)):
            for (inner, value) in draft { write(inner, value, to: &writer, style) }
        case ("child", .object(let draft)):
            writer.key(name)
            writer.object { writer in
                for (inner, value) in draft { write(inner, value, to: &writer, style) }
            }
        case ("members", .array(let items)) where items.contains { $0.object != nil }:
            writer.key(name)
            writer.array { writer in
                for item in items {
                    writer.object { writer in
                        for (inner, value) in item.object ?? [:] { write(inner, value, to: &writer, style) }
                    }
                }
            }
        default: writer.member(name, value)
        }
    }
}
