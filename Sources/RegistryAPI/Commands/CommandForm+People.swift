import Documents
import Groundwork
import Registry

extension CommandForm {
    func update(_ kind: CommandKind, _ fields: inout Fields) -> Command? {
        if kind == .updatePerson {
            let id = personID(&fields)
            let (claims, contacts) = (DraftForms.attributes(&fields), DraftForms.contacts(&fields))
            return id.map { .updatePerson($0, claims: claims, contacts: contacts) }
        }
        let id = householdID(&fields)
        let (claims, contacts) = (DraftForms.attributes(&fields), DraftForms.contacts(&fields))
        return id.map { .updateHousehold($0, claims: claims, contacts: contacts) }
    }

    func birth(_ fields: inout Fields) -> BirthDraft {
        let child = fields.nested("child", needed: true) { DraftForms.person(&$0) }
        return BirthDraft(
            child: child ?? PersonDraft(claims: [:]), mother: fields.id("mother"), father: fields.id("father"),
            household: fields.id("household"), relationship: fields.text("relationship", atMost: 60),
            place: fields.text("place", atMost: 80), registration: fields.text("registration", atMost: 60))
    }

    func death(_ fields: inout Fields) -> Command? {
        let id = personID(&fields)
        let successor: ID<Person>? = fields.id("successor")
        return id.map { .recordDeath($0, successor: successor) }
    }

    func mergePeople(_ fields: inout Fields) -> Command? {
        let survivor = personID(&fields)
        let absorbed: ID<Person>? = fields.id("absorbed", needed: true)
        let chosen = fields.has("attributes") ? DraftForms.attributes(&fields) : [:]
        guard let survivor, let absorbed else { return nil }
        return .mergePeople(survivor: survivor, absorbed: absorbed, chosen: chosen)
    }

    func status(_ kind: CommandKind, _ fields: inout Fields) -> Command? {
        let isPerson = kind == .deactivatePerson || kind == .reactivatePerson
        let subject = isPerson ? personID(&fields).map(Subject.person) : householdID(&fields).map(Subject.household)
        if kind == .reactivatePerson || kind == .reactivateHousehold { return subject.map { .reactivate($0) } }
        let reason = fields.text("reason", needed: true, atMost: 60)
        guard let subject, let reason else { return nil }
        return .deactivate(subject, reason: reason)
    }

    func union(_ fields: inout Fields) -> Command? {
        let partners = partners(&fields)
        let kind = fields.text("union_kind", atMost: 40) ?? "civil"
        let from = fields.date("from", needed: true)
        let (place, registration) = (fields.text("place", atMost: 80), fields.text("registration", atMost: 60))
        guard let partners, let from else { return nil }
        return .recordUnion(
            UnionDraft(
                partners.0, partners.1, kind: kind, from: from, place: place, registration: registration))
    }

    func endUnion(_ fields: inout Fields) -> Command? {
        let partners = partners(&fields)
        let from = fields.date("from", needed: true)
        let reason = fields.text("reason", needed: true, atMost: 40)
        guard let partners, let from, let reason else { return nil }
        return .endUnion(partners.0, partners.1, from: from, reason: reason)
    }

    private func partners(_ fields: inout Fields) -> (ID<Person>, ID<Person>)? {
        guard let ids: [ID<Person>] = fields.ids("partners", needed: true, atMost: 2) else { return nil }
        if ids.count == 2 { return (ids[0], ids[1]) }
        fields.note("partners", "list.length", "The ids of the two partners are expected.")
        return nil
    }

    func survey(_ fields: inout Fields) -> Command? {
        let subject = subject(&fields)
        let code = fields.text("questionnaire", needed: true, atMost: 80)
        let version = fields.int("version", needed: true, in: 1...Int(Int32.max))
        let answers = fields.open("answers", needed: true)
        guard let subject, let code, let version, let answers else { return nil }
        return .recordSurvey(subject, questionnaire: code, version: version, answers: answers)
    }

    func participation(_ fields: inout Fields) -> Command? {
        let subject = subject(&fields)
        let items = fields.list("items", needed: true, atMost: 200) { DraftForms.participation(&$0) }
        guard let subject, let items else { return nil }
        return .reportParticipation(subject, items)
    }
}
