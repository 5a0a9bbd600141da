import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    func union(
        _ draft: UnionDraft, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let (first, second) = draft.partners
        guard first != second else {
            throw .invalid([Finding("partners", code: "union.same", "A union joins two different people.")])
        }
        try await space.load(people: [first, second], in: tx)
        try space.checkVersions()
        let states = [try space.activePerson(first), try space.activePerson(second)]
        space.main = first.rawValue
        if draft.from > space.today {
            space.findings.append(Finding("from", code: "date.future", "The day lies in the future."))
        }
        let known = try await SubjectLookup.absorbed(by: [second], in: tx)
        if states[0].view.unions.contains(where: {
            ($0.partner == second || known[$0.partner] == second) && $0.to == nil
        }) {
            space.findings.append(
                Finding("partners", code: "union.exists", "The two have an open union on record already."))
        }
        guard let kind = context.dictionary.lists["union_kind"].map({ $0.code(for: draft.kind)?.code }) ?? draft.kind
        else {
            throw .invalid([Finding("union_kind", code: "code.unknown", "The code is not in the list union_kind.")])
        }
        var claim: JSONObject = ["kind": .string(kind), "from": .string(draft.from.description)]
        if let registration = draft.registration { claim["registration"] = .string(registration) }
        if let place = draft.place {
            if let area = space.areas.area(place) {
                claim["place"] = .string(area.reference)
            } else {
                space.findings.append(Finding("place", code: "area.unknown", "No area has this code."))
            }
        }
        for (person, partner) in [(first, second), (second, first)] {
            var mine = claim
            mine["partner"] = .string(partner.description)
            var claims: JSONObject = ["union": .object(mine)]
            if let married = context.dictionary.lists["civil_status"]?.code(for: "M")?.code {
                claims["civil_status"] = .string(married)
            }
            space.state(.person(person), claims: claims)
            space.emit(.unionRecorded, .person(person), ["partner": .string(partner.description)])
        }
    }

    func endUnion(
        _ first: ID<Person>, _ second: ID<Person>, _ from: CalendarDate, _ reason: String,
        _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        try await space.load(people: [first, second], in: tx)
        try space.checkVersions()
        let (state, other) = (try space.person(first), try space.person(second))
        // A union stays on record under the id that was stated, also when its bearer was merged since.
        let known = try await SubjectLookup.absorbed(by: [first, second], in: tx)
        func union(of view: PersonView, with partner: ID<Person>) -> CivilUnion? {
            view.unions.first {
                ($0.partner == partner || known[$0.partner] == partner) && $0.from == from && $0.to == nil
            }
        }
        guard let held = union(of: state.view, with: second) else {
            throw .invalid([
                Finding("partners", code: "union.unknown", "The two have no open union that began on this day.")
            ])
        }
        if space.terms.observedOn < held.from {
            space.findings.append(
                Finding("observed_on", code: "date.order", "The union cannot end before it began."))
        }
        guard let reason = context.dictionary.lists["union_end_reason"].map({ $0.code(for: reason)?.code }) ?? reason
        else {
            throw .invalid([
                Finding("reason", code: "code.unknown", "The code is not in the list union_end_reason.")
            ])
        }
        space.main = first.rawValue
        let stated = [(first, held.partner), (second, union(of: other.view, with: first)?.partner ?? first)]
        for (person, partner) in stated {
            space.state(
                .person(person),
                claims: [
                    "union": [
                        "partner": .string(partner.description), "from": .string(from.description),
                        "to": .string(space.terms.observedOn.description), "end_reason": .string(reason),
                    ]
                ])
            space.emit(
                .unionRecorded, .person(person),
                ["partner": .string(partner.description), "ended": .string(reason)])
        }
    }
}
