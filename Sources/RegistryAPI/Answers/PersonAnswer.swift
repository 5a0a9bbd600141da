import Documents
import Groundwork
import Registry

/// A person as answered, whether from the current row or computed for a point in the past.
struct PersonAnswer: Sendable {
    var head: SubjectHead
    var household: ID<Household>?
    var role: String?
    var relationship: String?
    var recipient: String?

    func bytes(_ style: AnswerStyle) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        write(to: &writer, style)
        return writer.bytes
    }

    func write(to writer: inout JSONWriter, _ style: AnswerStyle) {
        writer.object { writer in
            style.begin(head, .person, to: &writer)
            writer.key("household")
            if let household {
                writer.object { writer in
                    writer.member("id", household.description)
                    writer.member("role", role)
                    writer.member("relationship", relationship)
                    writer.member("recipient", recipient)
                }
            } else {
                writer.null()
            }
            style.end(head, to: &writer)
        }
    }
}

extension PersonAnswer {
    /// The view at a point in the two times; `socialID` never changes, so it is taken from the row.
    init(_ state: PersonState, socialID: String, at point: History.Point) {
        let view = state.view
        let day = point.valid
        let spell =
            day.map { day in view.spells.filter { $0.covers(day) }.max { $0.from < $1.from } } ?? view.primarySpell
        self.init(
            head: SubjectHead(
                id: view.id.description, version: nil, status: view.status.rawValue, socialID: socialID,
                values: view.values, contacts: view.contacts, area: state.area,
                mergedInto: view.mergedInto?.description, observedOn: view.observedOn, dueOn: view.dueOn,
                registeredAt: view.registeredAt, updatedAt: nil),
            household: spell?.household, role: spell?.role.rawValue, relationship: spell?.relationship,
            recipient: spell?.recipient?.rawValue)
    }
}
