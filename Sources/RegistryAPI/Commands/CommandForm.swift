import Documents
import Groundwork
import Registry

/// The kinds of command as requests and proposals write them.
enum CommandKind: String, Sendable, CaseIterable {
    case registerPerson = "person.register"
    case updatePerson = "person.update"
    case mergePeople = "person.merge"
    case unmergePerson = "person.unmerge"
    case birth = "person.birth"
    case death = "person.death"
    case deactivatePerson = "person.deactivate"
    case reactivatePerson = "person.reactivate"
    case registerHousehold = "household.register"
    case updateHousehold = "household.update"
    case moveHousehold = "household.move"
    case splitHousehold = "household.split"
    case mergeHouseholds = "household.merge"
    case unmergeHousehold = "household.unmerge"
    case deactivateHousehold = "household.deactivate"
    case reactivateHousehold = "household.reactivate"
    case addMember = "member.add"
    case changeMember = "member.change"
    case memberLeaves = "member.leave"
    case transfer = "member.transfer"
    case union = "union.record"
    case endUnion = "union.end"
    case survey = "survey.record"
    case participation = "participation.report"
    case undo = "command.undo"

    /// Whether somebody new may come of it, who may be on record already.
    var registersPeople: Bool {
        switch self {
        case .registerPerson, .registerHousehold, .addMember, .birth: true
        default: false
        }
    }

    /// How the registry's findings about the command find their place in the request.
    var paths: FindingPaths {
        switch self {
        case .registerPerson, .updatePerson, .birth, .registerHousehold, .updateHousehold, .splitHousehold,
            .addMember, .mergePeople:
            .attributes
        default: .plain
        }
    }
}

/// Reads one command from its document; what the path of a route names already is not asked for again.
struct CommandForm {
    var person: ID<Person>?
    var household: ID<Household>?
    var subject: Subject?
    var command: CommandID?

    init(
        person: ID<Person>? = nil, household: ID<Household>? = nil, subject: Subject? = nil, command: CommandID? = nil
    ) {
        (self.person, self.household, self.subject, self.command) = (person, household, subject, command)
    }

    /// Nil when something is missing or does not fit; the reason stands among the findings.
    func read(_ kind: CommandKind, _ fields: inout Fields) -> Command? {
        switch kind {
        case .registerPerson: .registerPerson(DraftForms.person(&fields))
        case .registerHousehold: .registerHousehold(DraftForms.household(&fields))
        case .updatePerson, .updateHousehold: update(kind, &fields)
        case .birth: .recordBirth(birth(&fields))
        case .death: death(&fields)
        case .deactivatePerson, .deactivateHousehold, .reactivatePerson, .reactivateHousehold: status(kind, &fields)
        case .moveHousehold: move(&fields)
        case .splitHousehold: split(&fields)
        case .mergeHouseholds: merge(&fields)
        case .mergePeople: mergePeople(&fields)
        case .unmergePerson: personID(&fields).map { .unmerge(.person($0)) }
        case .unmergeHousehold: householdID(&fields).map { .unmerge(.household($0)) }
        case .addMember: add(&fields)
        case .changeMember: change(&fields)
        case .memberLeaves: leave(&fields)
        case .transfer: transfer(&fields)
        case .union: union(&fields)
        case .endUnion: endUnion(&fields)
        case .survey: survey(&fields)
        case .participation: participation(&fields)
        case .undo: (command ?? fields.id("command", needed: true)).map { .undo($0) }
        }
    }

    func personID(_ fields: inout Fields) -> ID<Person>? { person ?? fields.id("person", needed: true) }
    func householdID(_ fields: inout Fields) -> ID<Household>? { household ?? fields.id("household", needed: true) }

    /// The subject of a survey or report: from the path, or the one of `person` and `household` that is given.
    func subject(_ fields: inout Fields) -> Subject? {
        if let subject { return subject }
        let person: ID<Person>? = fields.id("person")
        let household: ID<Household>? = fields.id("household")
        switch (person, household) {
        case (let person?, nil): return .person(person)
        case (nil, let household?): return .household(household)
        case (nil, nil):
            fields.note("person", "member.missing", "Name the subject: person or household.")
            return nil
        case (_?, _?):
            fields.note("household", "member.not_here", "Name one subject: person or household, not both.")
            return nil
        }
    }
}

/// From when, by what certainty and against which versions a command is meant, as requests write it.
struct TermsForm {
    var observedOn: CalendarDate
    var assurance: Assurance
    var expected: [Subject: Int]

    /// Reads the members that every command may carry.
    init(_ fields: inout Fields, today: CalendarDate) {
        let day = fields.date("observed_on")
        if let day, day > today {
            fields.note("observed_on", "date.future", "The day of observation lies in the future.")
        }
        observedOn = day ?? today
        assurance = fields.choice("assurance", Assurance.self) ?? .declared
        expected = [:]
        let versions = fields.list("versions", atMost: 50) { item -> (Subject, Int)? in
            let person: ID<Person>? = item.id("person")
            let household: ID<Household>? = item.id("household")
            let version = item.int("version", needed: true, in: 1...Int(Int32.max))
            if (person == nil) == (household == nil) {
                item.note("person", "member.missing", "Name one subject: person or household.")
                return nil
            }
            guard let version else { return nil }
            return person.map { (.person($0), version) } ?? household.map { (.household($0), version) }
        }
        for (subject, version) in versions ?? [] { expected[subject] = version }
    }
}
