import Documents
import Groundwork
import Registry

/// A household as answered, with its members where they were asked for.
struct HouseholdAnswer: Sendable {
    /// A member with the role it has there.
    struct Member: Sendable {
        var person: PersonAnswer
        var role: String?
        var relationship: String?
        var recipient: String?
        var from: CalendarDate?
        var to: CalendarDate?
    }

    var head: SubjectHead
    var kind: String
    var headPerson: ID<Person>?
    var size: Int
    var members: [Member]?

    func bytes(_ style: AnswerStyle) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 * (1 + (members?.count ?? 0)))
        write(to: &writer, style)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter, _ style: AnswerStyle) {
        writer.object { writer in
            style.begin(head, .household, to: &writer)
            writer.member("kind", kind)
            writer.member("head", id: headPerson)
            writer.member("size", size)
            if let members {
                let plain = style.inner
                writer.key("members")
                writer.array { writer in
                    for member in members { Self.write(member, to: &writer, plain) }
                }
            }
            style.end(head, to: &writer)
        }
    }

    static func write(_ member: Member, to writer: inout JSONWriter, _ style: AnswerStyle) {
        writer.object { writer in
            writer.member("id", member.person.head.id)
            writer.member("role", member.role)
            writer.member("relationship", member.relationship)
            writer.member("recipient", member.recipient)
            if let from = member.from { writer.member("from", from) }
            if let to = member.to { writer.member("to", to) }
            writer.key("person")
            member.person.write(to: &writer, style)
        }
    }
}

extension HouseholdAnswer {
    /// The view at a point in the two times.
    init(_ found: History.HouseholdAt, socialID: String, members: [Member]) {
        let view = found.state.view
        self.init(
            head: SubjectHead(
                id: view.id.description, version: nil, status: view.status.rawValue, socialID: socialID,
                values: view.values, contacts: view.contacts, area: found.state.area,
                mergedInto: view.mergedInto?.description, observedOn: view.observedOn, dueOn: view.dueOn,
                registeredAt: view.registeredAt, updatedAt: nil),
            kind: view.values["kind"]?.string ?? "household", headPerson: found.state.head, size: found.state.size,
            members: members)
    }
}
