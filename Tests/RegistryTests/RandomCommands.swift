import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit

/// Makes commands at random over what exists, for property tests.
struct RandomCommands {
    var random: SeededGenerator
    let fixture: RegistryFixture
    /// Households with their open members, as the stored rows say.
    var households: [ID<Household>: [ID<Person>]] = [:]
    var heads: [ID<Household>: ID<Person>] = [:]

    init(seed: UInt64, fixture: RegistryFixture) {
        random = SeededGenerator(seed: seed)
        self.fixture = fixture
    }

    /// Reads what exists and can be acted upon.
    mutating func look() async throws {
        households = [:]
        heads = [:]
        let rows = try await fixture.rows(
            """
            SELECT h.id, m.person_id, h.head_id
            FROM registry.household AS h
            LEFT JOIN registry.membership AS m ON m.household_id = h.id AND m.valid_to IS NULL
            WHERE h.status = 'active'
            ORDER BY h.id, m.person_id
            """)
        for row in rows {
            let id = ID<Household>(try row.get(0, as: UUID.self))
            let person: UUID? = try row.get(1)
            let head: UUID? = try row.get(2)
            households[id, default: []] += person.map { [ID($0)] } ?? []
            heads[id] = head.map { ID($0) }
        }
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element? {
        list.randomElement(using: &random)
    }

    private mutating func draft() -> PersonDraft {
        let given = pick(["Jean", "Aline", "Éric", "Goreth", "Désiré", "Spès"]) ?? "Jean"
        let family = pick(["Niyonzima", "Hakizimana", "Ndayishimiye", "Bukuru"]) ?? "Bukuru"
        let year = Int.random(in: 1940...2020, using: &random)
        let nid = Bool.random(using: &random) ? String(Int.random(in: 10_000_000...99_999_999, using: &random)) : nil
        let phone = Bool.random(using: &random) ? "+2577\(Int.random(in: 1_000_000...9_999_999, using: &random))" : nil
        return RegistryFixture.person(
            given, family, sex: Bool.random(using: &random) ? "female" : "male",
            born: Bool.random(using: &random) ? "\(year)" : "\(year)-03-0\(Int.random(in: 1...9, using: &random))",
            nid: nid, phone: phone, claims: ["wg_seeing": .string(pick(["none", "some", "a_lot"]) ?? "none")])
    }

    private mutating func area() -> Area {
        pick(fixture.collines) ?? fixture.context.areas.index.areas[0]
    }

    /// Some command that should succeed most of the time.
    mutating func next() -> Command {
        let known = households.keys.sorted()
        guard let home = pick(known), known.count > 2 else { return register() }
        let members = households[home] ?? []
        let person = pick(members)
        let successor = members.filter { $0 != person }.first
        switch Int.random(in: 0..<19, using: &random) {
        case 0: return register()
        case 1: return .registerPerson(draft())
        case 2, 3:
            guard let person else { return register() }
            return .updatePerson(
                person, claims: ["given_name": .string(pick(["Marie", "Paul", "Alice"]) ?? "Paul"), "sex": "female"],
                contacts: Contacts(phones: ["+25779\(Int.random(in: 100_000...999_999, using: &random))"]))
        case 4:
            return .updateHousehold(
                home, claims: ["rooms": .number(JSONNumber(Int.random(in: 1...9, using: &random)))],
                contacts: Contacts())
        case 5: return .addMember(home, MemberDraft(.new(draft()), relationship: nil))
        case 6:
            guard let other = pick(known.filter { $0 != home }), let guest = pick(households[other] ?? []),
                !members.contains(guest)
            else { return register() }
            return .addMember(home, MemberDraft(.known(guest)))
        case 7:
            guard let person else { return register() }
            return .memberLeaves(home, person, reason: "migration", successor: successor)
        case 8:
            return .recordBirth(BirthDraft(child: draft(), mother: person, household: home))
        case 9:
            guard let person else { return register() }
            return .recordDeath(person, successor: successor)
        case 10:
            guard let person, let successor else { return register() }
            return .recordUnion(
                UnionDraft(person, successor, kind: "civil_marriage", from: RegistryFixture.today.adding(days: -30)))
        case 11:
            guard let person, let to = pick(known.filter { $0 != home }) else { return register() }
            return .transferMember(
                person, from: home, to: to, role: .member, relationship: nil, successor: successor)
        case 12: return .moveHousehold(home, area: area().reference, address: "près de l'école")
        case 13:
            guard let person else { return register() }
            return .splitHousehold(home, members: [person], claims: [:], successor: successor)
        case 14:
            guard let other = pick(known.filter { $0 != home }) else { return register() }
            return .mergeHouseholds(survivor: home, absorbed: other)
        case 17:
            guard let other = pick(known), let twin = pick((households[other] ?? []).filter { $0 != person }),
                let person
            else { return register() }
            return .mergePeople(
                survivor: person, absorbed: twin,
                chosen: Bool.random(using: &random) ? ["given_name": .string(pick(["Marie", "Spès"]) ?? "Marie")] : [:])
        case 15: return .deactivate(.household(home), reason: "withdrawn")
        case 16:
            guard let person else { return register() }
            return .changeMember(
                home, person, role: Bool.random(using: &random) ? .head : nil, relationship: nil, recipient: .alternate)
        default:
            return .reportParticipation(
                .household(home),
                [
                    Participation(
                        programme: "cash", kind: .enrolment, key: "e\(Int.random(in: 0...3, using: &random))",
                        status: "active", from: RegistryFixture.today.adding(days: -9), to: nil, amount: nil,
                        detail: [:])
                ])
        }
    }

    private mutating func register() -> Command {
        let size = Int.random(in: 1...4, using: &random)
        let people = (0..<size).map { _ in draft() }
        return .registerHousehold(RegistryFixture.household(in: area(), members: people))
    }
}
