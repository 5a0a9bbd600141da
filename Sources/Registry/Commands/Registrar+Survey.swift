import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    /// Records one survey and states what its answers feed, of the subject and of the members it names.
    func survey(
        _ subject: Subject, _ code: String, _ version: Int, _ answers: JSONObject, _ space: inout Workspace,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let questionnaire = try await Questionnaire.find(code, version: version, in: tx)
        guard questionnaire.subject == subject.kind else {
            throw .invalid([
                Finding(
                    "questionnaire", code: "questionnaire.subject",
                    "This questionnaire asks about a \(questionnaire.subject.rawValue).")
            ])
        }
        let kept = questionnaire.checked(answers, lists: context.dictionary.lists, findings: &space.findings)
        let members = questionnaire.members(in: kept)
        let isPerson = subject.kind == .person
        try await space.load(
            people: isPerson ? [ID(subject.id)] : members.map(\.person),
            households: isPerson ? [] : [ID(subject.id)], in: tx)
        try space.checkVersions()
        if isPerson { _ = try space.person(ID(subject.id)) } else { _ = try space.household(ID(subject.id)) }
        let id = ID<Questionnaire>()
        space.main = id.rawValue
        space.surveys.append(
            .object([
                "id": .string(id.description), "questionnaire": .string(code),
                "questionnaire_version": .number(JSONNumber(version)), "subject_kind": .string(subject.kind.rawValue),
                "subject_id": .uuid(subject.id), "observed_on": .string(space.terms.observedOn.description),
                "recorded_at": .instant(space.now), "actor_id": .string(space.actor.description),
                "command_id": .string(space.command.description), "answers": .object(kept),
            ]))
        var (claims, contacts) = space.checked(
            questionnaire.claims(from: kept, of: subject.kind), questionnaire.contacts(from: kept, of: subject.kind),
            of: subject.kind, at: "answers")
        claims["recertified_on"] = .string(space.terms.observedOn.description)
        space.state(subject, claims: claims, contacts: contacts, survey: id.rawValue)
        for (index, member) in members.enumerated() {
            let path = FieldPath(["answers", member.section, String(index)])
            guard space.households[ID(subject.id)]?.members[member.person] != nil else {
                space.findings.append(
                    Finding(
                        path.appending("person"), code: "members.not_member",
                        "The person is not an open member of the household."))
                continue
            }
            (claims, contacts) = space.checked(
                questionnaire.claims(from: member.answers, of: .person),
                questionnaire.contacts(from: member.answers, of: .person), of: .person, at: path)
            claims["recertified_on"] = .string(space.terms.observedOn.description)
            space.state(.person(member.person), claims: claims, contacts: contacts, survey: id.rawValue)
        }
        space.emit(
            .surveyRecorded, subject, ["survey": .string(id.description), "questionnaire": .string(code)])
    }
}
