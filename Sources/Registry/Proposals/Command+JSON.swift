package import Documents
import Foundation
package import Groundwork

extension Command {
    /// The command as a document, for proposals and requests; `kind` tells which.
    ///
    /// Undo, surveys and registrations can be proposed as well as corrections.
    package var json: JSON {
        var object: JSONObject = ["kind": .string(kind)]
        func set(_ key: String, _ value: (any CustomStringConvertible)?) {
            if let value { object[key] = .string(value.description) }
        }
        switch self {
        case .registerHousehold(let draft):
            object["household"] = draft.json
        case .registerPerson(let draft):
            object["person"] = draft.json
        case .updatePerson(let id, let claims, let contacts):
            set("id", id)
            object["claims"] = .object(claims)
            object["contacts"] = contacts.json
        case .updateHousehold(let id, let claims, let contacts):
            set("id", id)
            object["claims"] = .object(claims)
            object["contacts"] = contacts.json
        case .addMember(let id, let member):
            set("id", id)
            object["member"] = member.json
        case .changeMember(let id, let person, let role, let relationship, let recipient):
            set("id", id)
            set("person", person)
            set("role", role?.rawValue)
            set("relationship", relationship)
            set("recipient", recipient?.rawValue)
        case .memberLeaves(let id, let person, let reason, let successor):
            set("id", id)
            set("person", person)
            set("reason", reason)
            set("successor", successor)
        case .recordBirth(let draft):
            object["child"] = draft.child.json
            set("mother", draft.mother)
            set("father", draft.father)
            set("household", draft.household)
            set("relationship", draft.relationship)
            set("place", draft.place)
            set("registration", draft.registration)
        case .recordDeath(let id, let successor):
            set("id", id)
            set("successor", successor)
        case .recordUnion(let draft):
            object["partners"] = .array([
                .string(draft.partners.0.description), .string(draft.partners.1.description),
            ])
            set("union_kind", draft.kind)
            set("from", draft.from)
            set("place", draft.place)
            set("registration", draft.registration)
        case .endUnion(let first, let second, let from, let reason):
            object["partners"] = .array([.string(first.description), .string(second.description)])
            set("from", from)
            set("reason", reason)
        case .transferMember(let person, let from, let to, let role, let relationship, let successor):
            set("person", person)
            set("from", from)
            set("to", to)
            set("role", role.rawValue)
            set("relationship", relationship)
            set("successor", successor)
        case .moveHousehold(let id, let area, let address):
            set("id", id)
            set("area", area)
            set("address", address)
        case .splitHousehold(let id, let members, let claims, let successor):
            set("id", id)
            object["members"] = .array(members.map { .string($0.description) })
            object["claims"] = .object(claims)
            set("successor", successor)
        case .mergeHouseholds(let survivor, let absorbed):
            set("survivor", survivor)
            set("absorbed", absorbed)
        case .mergePeople(let survivor, let absorbed, let chosen):
            set("survivor", survivor)
            set("absorbed", absorbed)
            if !chosen.isEmpty { object["claims"] = .object(chosen) }
        case .unmerge(let subject):
            set("id", subject.id.lowercased)
        case .deactivate(let subject, let reason):
            set("id", subject.id.lowercased)
            set("reason", reason)
        case .reactivate(let subject):
            set("id", subject.id.lowercased)
        case .recordSurvey(let subject, let code, let version, let answers):
            set("subject_kind", subject.kind.rawValue)
            set("id", subject.id.lowercased)
            set("questionnaire", code)
            object["version"] = .number(JSONNumber(version))
            object["answers"] = .object(answers)
        case .reportParticipation(let subject, let items):
            set("subject_kind", subject.kind.rawValue)
            set("id", subject.id.lowercased)
            object["items"] = .array(items.map(\.json))
        case .undo(let id):
            set("id", id)
        }
        return .object(object)
    }

    /// Reads the document form; each thing that does not fit becomes a finding.
    package init?(json: JSON, at path: FieldPath = .root, findings: inout [Finding]) {
        var reader = CommandReader(json: json, path: path)
        let command = reader.command()
        findings += reader.findings
        guard let command, reader.findings.isEmpty else { return nil }
        self = command
    }

    /// The subject whose version a proposal rests on.
    package var subject: Subject? {
        switch self {
        case .updatePerson(let id, _, _), .recordDeath(let id, _): .person(id)
        case .updateHousehold(let id, _, _), .addMember(let id, _), .changeMember(let id, _, _, _, _),
            .memberLeaves(let id, _, _, _), .moveHousehold(let id, _, _), .splitHousehold(let id, _, _, _),
            .mergeHouseholds(let id, _):
            .household(id)
        case .transferMember(let person, _, _, _, _, _), .mergePeople(let person, _, _): .person(person)
        case .deactivate(let subject, _), .reactivate(let subject), .unmerge(let subject),
            .recordSurvey(let subject, _, _, _),
            .reportParticipation(let subject, _):
            subject
        case .recordUnion(let draft): .person(draft.partners.0)
        case .endUnion(let first, _, _, _): .person(first)
        case .registerHousehold, .registerPerson, .recordBirth, .undo: nil
        }
    }
}

extension Command {
    /// The other side of a merge, whose version a proposal rests on as well.
    var otherSubject: Subject? {
        switch self {
        case .mergePeople(_, let absorbed, _): .person(absorbed)
        case .mergeHouseholds(_, let absorbed): .household(absorbed)
        default: nil
        }
    }
}

extension PersonDraft {
    package var json: JSON {
        var object: JSONObject = ["claims": .object(claims), "contacts": contacts.json]
        if let sourceKey { object["source_key"] = .string(sourceKey) }
        return .object(object)
    }
}

extension HouseholdDraft {
    package var json: JSON {
        var object: JSONObject = [
            "claims": .object(claims), "contacts": contacts.json, "members": .array(members.map(\.json)),
        ]
        if let sourceKey { object["source_key"] = .string(sourceKey) }
        return .object(object)
    }
}

extension MemberDraft {
    package var json: JSON {
        var object: JSONObject = ["role": .string(role.rawValue)]
        switch who {
        case .known(let id): object["id"] = .string(id.description)
        case .new(let draft): object["person"] = draft.json
        }
        if let relationship { object["relationship"] = .string(relationship) }
        if let recipient { object["recipient"] = .string(recipient.rawValue) }
        return .object(object)
    }
}
