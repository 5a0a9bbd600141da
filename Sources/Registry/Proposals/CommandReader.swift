import Documents
import Foundation
import Groundwork

/// Reads commands from their document form, collecting findings.
struct CommandReader {
    let json: JSON
    let path: FieldPath
    var findings: [Finding] = []

    init(json: JSON, path: FieldPath) {
        (self.json, self.path) = (json, path)
    }

    mutating func command() -> Command? {
        guard let kind = text("kind", of: json, at: path) else { return nil }
        switch kind {
        case "household.register":
            return household(json["household"], at: path.appending("household"))
                .map { .registerHousehold($0) }
        case "person.register": return person(json["person"], at: path.appending("person")).map { .registerPerson($0) }
        case "person.update":
            return (id("id") as ID<Person>?).map { .updatePerson($0, claims: claims(), contacts: contacts()) }
        case "household.update":
            return (id("id") as ID<Household>?).map { .updateHousehold($0, claims: claims(), contacts: contacts()) }
        case "member.add":
            guard let household: ID<Household> = id("id"),
                let member = member(json["member"] ?? .null, at: path.appending("member"))
            else { return nil }
            return .addMember(household, member)
        case "member.change": return changeMember()
        case "member.leave":
            guard let household: ID<Household> = id("id"), let person: ID<Person> = id("person"),
                let reason = text("reason", of: json, at: path)
            else { return nil }
            return .memberLeaves(household, person, reason: reason, successor: optionalID("successor"))
        case "person.birth": return birth()
        case "person.death":
            return (id("id") as ID<Person>?).map { .recordDeath($0, successor: optionalID("successor")) }
        case "union.record", "union.end": return union(ends: kind == "union.end")
        case "member.transfer": return transfer()
        case "household.move":
            guard let household: ID<Household> = id("id"), let area = text("area", of: json, at: path) else {
                return nil
            }
            return .moveHousehold(household, area: area, address: json["address"]?.string)
        case "household.split": return split()
        case "household.merge":
            guard let survivor: ID<Household> = id("survivor"), let absorbed: ID<Household> = id("absorbed") else {
                return nil
            }
            return .mergeHouseholds(survivor: survivor, absorbed: absorbed)
        case "person.merge":
            guard let survivor: ID<Person> = id("survivor"), let absorbed: ID<Person> = id("absorbed") else {
                return nil
            }
            return .mergePeople(survivor: survivor, absorbed: absorbed, chosen: claims())
        case "person.unmerge", "household.unmerge": return subject(kind).map { .unmerge($0) }
        case "person.deactivate", "household.deactivate":
            guard let subject = subject(kind), let reason = text("reason", of: json, at: path) else { return nil }
            return .deactivate(subject, reason: reason)
        case "person.reactivate", "household.reactivate": return subject(kind).map { .reactivate($0) }
        case "survey.record": return survey()
        case "participation.report": return participation()
        case "command.undo": return (id("id") as CommandID?).map { .undo($0) }
        default:
            note(path.appending("kind"), "command.unknown", "There is no such command; see the API reference.")
            return nil
        }
    }

    private mutating func note(_ place: FieldPath, _ code: String, _ summary: String) {
        findings.append(Finding(place, code: code, summary))
    }

    mutating func text(_ key: String, of json: JSON, at path: FieldPath) -> String? {
        if let text = json[key]?.string, !text.isEmpty { return text }
        note(path.appending(key), "field.missing", "A text is needed here.")
        return nil
    }

    private mutating func id<S>(_ key: String) -> ID<S>? {
        if let id = json[key]?.string.flatMap({ ID<S>($0) }) { return id }
        note(path.appending(key), "id.invalid", "An id in the form of a UUID is needed here.")
        return nil
    }

    private mutating func optionalID<S>(_ key: String) -> ID<S>? {
        guard let value = json[key], !value.isNull else { return nil }
        return id(key)
    }

    private mutating func date(_ key: String) -> CalendarDate? {
        if let date = json[key]?.string.flatMap({ CalendarDate($0) }) { return date }
        note(path.appending(key), "date.invalid", "A day that exists is needed, written YYYY-MM-DD.")
        return nil
    }

    private func claims() -> JSONObject { json["claims"]?.object ?? [:] }
    private func contacts() -> Contacts { json["contacts"].map { Contacts($0) } ?? Contacts() }

    private mutating func subject(_ kind: String) -> Subject? {
        if kind.hasPrefix("person") { return (id("id") as ID<Person>?).map { .person($0) } }
        return (id("id") as ID<Household>?).map { .household($0) }
    }

    private mutating func namedSubject() -> Subject? {
        guard let kind = text("subject_kind", of: json, at: path) else { return nil }
        guard SubjectKind(rawValue: kind) != nil else {
            note(path.appending("subject_kind"), "code.unknown", "person or household is expected.")
            return nil
        }
        return subject(kind)
    }

    private mutating func role(_ json: JSON, at path: FieldPath) -> MemberRole? {
        guard let word = json["role"]?.string else { return nil }
        if let role = MemberRole(rawValue: word) { return role }
        note(path.appending("role"), "code.unknown", "head or member is expected.")
        return nil
    }

    private mutating func recipient(_ json: JSON, at path: FieldPath) -> Recipient? {
        guard let word = json["recipient"]?.string else { return nil }
        if let rank = Recipient(rawValue: word) { return rank }
        note(path.appending("recipient"), "code.unknown", "first, alternate or none is expected.")
        return nil
    }

    mutating func person(_ json: JSON?, at path: FieldPath) -> PersonDraft? {
        guard let json, let claims = json["claims"]?.object else {
            note(path.appending("claims"), "field.missing", "An object with the attributes of the person is needed.")
            return nil
        }
        return PersonDraft(
            claims: claims, contacts: json["contacts"].map { Contacts($0) } ?? Contacts(),
            sourceKey: json["source_key"]?.string)
    }

    mutating func member(_ json: JSON, at path: FieldPath) -> MemberDraft? {
        let role = role(json, at: path) ?? .member
        let recipient = recipient(json, at: path)
        let relationship = json["relationship"]?.string
        if let text = json["id"]?.string {
            guard let known = ID<Person>(text) else {
                note(path.appending("id"), "id.invalid", "An id in the form of a UUID is needed here.")
                return nil
            }
            return MemberDraft(.known(known), role: role, relationship: relationship, recipient: recipient)
        }
        guard let draft = person(json["person"], at: path.appending("person")) else { return nil }
        return MemberDraft(.new(draft), role: role, relationship: relationship, recipient: recipient)
    }

    mutating func household(_ json: JSON?, at path: FieldPath) -> HouseholdDraft? {
        guard let json, let claims = json["claims"]?.object else {
            note(path.appending("claims"), "field.missing", "An object with the attributes of the household is needed.")
            return nil
        }
        var members: [MemberDraft] = []
        for (index, item) in (json["members"]?.array ?? []).enumerated() {
            if let member = member(item, at: path.appending("members").appending(index)) { members.append(member) }
        }
        return HouseholdDraft(
            claims: claims, contacts: json["contacts"].map { Contacts($0) } ?? Contacts(), members: members,
            sourceKey: json["source_key"]?.string)
    }

    private mutating func changeMember() -> Command? {
        guard let household: ID<Household> = id("id"), let person: ID<Person> = id("person") else { return nil }
        return .changeMember(
            household, person, role: role(json, at: path), relationship: json["relationship"]?.string,
            recipient: recipient(json, at: path))
    }

    private mutating func birth() -> Command? {
        guard let child = person(json["child"], at: path.appending("child")) else { return nil }
        return .recordBirth(
            BirthDraft(
                child: child, mother: optionalID("mother"), father: optionalID("father"),
                household: optionalID("household"), relationship: json["relationship"]?.string,
                place: json["place"]?.string, registration: json["registration"]?.string))
    }

    private mutating func union(ends: Bool) -> Command? {
        let partners = (json["partners"]?.array ?? []).compactMap { $0.string.flatMap { ID<Person>($0) } }
        guard partners.count == 2 else {
            note(path.appending("partners"), "id.invalid", "The ids of the two partners are needed.")
            return nil
        }
        guard let from = date("from") else { return nil }
        if ends {
            return text("reason", of: json, at: path).map {
                .endUnion(partners[0], partners[1], from: from, reason: $0)
            }
        }
        return .recordUnion(
            UnionDraft(
                partners[0], partners[1], kind: json["union_kind"]?.string ?? "civil_marriage", from: from,
                place: json["place"]?.string, registration: json["registration"]?.string))
    }

    private mutating func transfer() -> Command? {
        guard let person: ID<Person> = id("person"), let from: ID<Household> = id("from"),
            let to: ID<Household> = id("to")
        else { return nil }
        return .transferMember(
            person, from: from, to: to, role: role(json, at: path) ?? .member,
            relationship: json["relationship"]?.string, successor: optionalID("successor"))
    }

    private mutating func split() -> Command? {
        guard let household: ID<Household> = id("id") else { return nil }
        var members: [ID<Person>] = []
        for (index, item) in (json["members"]?.array ?? []).enumerated() {
            if let member = item.string.flatMap({ ID<Person>($0) }) {
                members.append(member)
            } else {
                note(
                    path.appending("members").appending(index), "id.invalid",
                    "An id in the form of a UUID is needed here.")
            }
        }
        return .splitHousehold(household, members: members, claims: claims(), successor: optionalID("successor"))
    }

    private mutating func survey() -> Command? {
        guard let subject = namedSubject(), let code = text("questionnaire", of: json, at: path) else { return nil }
        guard let version = json["version"]?.int, let answers = json["answers"]?.object else {
            note(path.appending("answers"), "field.missing", "version and answers are needed.")
            return nil
        }
        return .recordSurvey(subject, questionnaire: code, version: version, answers: answers)
    }

    private mutating func participation() -> Command? {
        guard let subject = namedSubject() else { return nil }
        var items: [Participation] = []
        for (index, item) in (json["items"]?.array ?? []).enumerated() {
            if let read = Participation(item) {
                items.append(read)
            } else {
                note(
                    path.appending("items").appending(index), "participation.invalid",
                    "programme, kind (enrolment or benefit) and key are needed.")
            }
        }
        return .reportParticipation(subject, items)
    }
}
