import Audit
import Documents
import Groundwork
import Registry
import Web

extension Desk {
    /// The current view with everything that a row does not hold.
    private func view(_ call: Call) async throws -> PersonState {
        var query = QueryReader(call.request)
        try query.finish()
        let id = try await person(call)
        let state = try await reading(call) { tx in
            try await history.person(id, at: History.Point(), in: tx)
        }
        guard let state else { throw RegistryFault.personNotFound }
        return state
    }

    func listMemberships(_ call: Call) async throws -> Response {
        let state = try await view(call)
        call.disclosed.note(Subject.person(state.view.id), fields: ["memberships"])
        call.disclosed.note(state.view.spells.map { Subject.household($0.household) })
        let spells = state.view.spells.sorted { ($1.from, $1.household) < ($0.from, $0.household) }
        return .json(MembersAnswer.bytes(state.view.id, spells))
    }

    func readFamily(_ call: Call) async throws -> Response {
        let view = try await view(call).view
        let children = try await reading(call) { tx in
            try await SubjectLookup.children(of: view.id, in: tx)
        }
        call.disclosed.note(Subject.person(view.id), fields: ["birth", "children", "unions"])
        call.disclosed.note(children.map { Subject.person($0.child) })
        call.disclosed.note(view.unions.map { Subject.person($0.partner) })
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("person", view.id.description)
            writer.key("birth")
            Self.write(view.birth, to: &writer)
            writer.key("children")
            writer.array { writer in
                for child in children {
                    writer.object { writer in
                        writer.member("id", child.child.description)
                        writer.member("as", child.isMother ? "mother" : "father")
                        writer.member("born_on", child.bornOn)
                    }
                }
            }
            writer.key("unions")
            writer.array { writer in
                for union in view.unions { Self.write(union, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }

    private static func write(_ birth: BirthFacts?, to writer: inout JSONWriter) {
        guard let birth else { return writer.null() }
        writer.object { writer in
            writer.member("mother", id: birth.mother)
            writer.member("father", id: birth.father)
            writer.member("place", birth.place)
            writer.member("registration", birth.registration)
        }
    }

    private static func write(_ union: CivilUnion, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("partner", union.partner.description)
            writer.member("union_kind", union.kind)
            writer.member("from", union.from)
            writer.member("to", union.to)
            writer.member("end_reason", union.endReason)
            writer.member("place", union.place)
            writer.member("registration", union.registration)
        }
    }
}
