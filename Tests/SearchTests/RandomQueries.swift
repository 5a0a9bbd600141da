import Documents
import Foundation
import Groundwork
import Registry
import TestKit

@testable import Search

/// Makes query trees at random whose values occur in the population, near it, or not at all.
struct RandomQueries {
    var random: SeededGenerator
    let population: Population

    init(seed: UInt64, population: Population) {
        (random, self.population) = (SeededGenerator(seed: seed), population)
    }

    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int(random.next() % UInt64(list.count))]
    }

    mutating func chance(_ percent: Int) -> Bool { random.next() % 100 < UInt64(percent) }

    mutating func query(_ subject: SubjectKind, depth: Int = 0) -> RegistryQuery {
        if depth < 4, chance(45) {
            switch random.next() % 6 {
            case 0, 1: return .and((0..<pick([0, 1, 2, 3])).map { _ in query(subject, depth: depth + 1) })
            case 2, 3: return .or((0..<pick([0, 1, 2, 3])).map { _ in query(subject, depth: depth + 1) })
            case 4: return .not(query(subject, depth: depth + 1))
            default:
                return subject == .person
                    ? .household(query(.household, depth: depth + 1)) : .member(query(.person, depth: depth + 1))
            }
        }
        return chance(75) ? attribute(subject) : other(subject)
    }

    private mutating func other(_ subject: SubjectKind) -> RegistryQuery {
        switch random.next() % 8 {
        case 0: return pick([.everything, .nothing])
        case 1: return .participates(programme: pick(["cash", "school", "none"]), status: pick([nil, "active"]))
        case 2: return .within(ranges())
        case 3, 4: return identifier(subject)
        case 5: return .subjects((0..<3).map { _ in uuid(subject) })
        default:
            guard subject == .person else { return .within(ranges()) }
            return .name(
                pick([
                    "jean claude", "NIYONZIMA", "nyonzima esperance", "John Bukuru", "É. Nkurunziza", "''; --", "xyzzy",
                ]))
        }
    }

    private mutating func uuid(_ subject: SubjectKind) -> UUID {
        pick((subject == .person ? population.personIDs : population.householdIDs) + [UUID()])
    }

    private mutating func ranges() -> [ClosedRange<Int>] {
        let last = population.fixture.context.areas.index.areas.count
        return (0..<pick([0, 1, 2, 4, 9])).map { _ in
            let low = Int(random.next() % UInt64(last))
            return low...(low + pick([0, 10, 300, 1000]))
        }
    }

    private mutating func socialID(_ subject: SubjectKind) -> String {
        let rows = subject == .person ? population.people : population.households
        return chance(90) ? pick(rows)["social_id"]?.string ?? "0" : "999999999999"
    }

    private mutating func identifier(_ subject: SubjectKind) -> RegistryQuery {
        switch random.next() % 4 {
        case 0: return .identifier(type: "NID", value: "1000 00\(random.next() % 40)")
        case 1: return .identifier(type: "PHONE", value: "7900000\(random.next() % 10)")
        case 2: return .identifier(type: subject == .person ? "UIN" : "HOUSEHOLD", value: socialID(subject))
        default: return .identifier(type: nil, value: pick(["10000012", "+25779000003", socialID(subject), "x"]))
        }
    }

    private mutating func attribute(_ subject: SubjectKind) -> RegistryQuery {
        let (name, values, isOrdered) = subject == .person ? personal() : domestic()
        let field = Field(subject, name)
        switch random.next() % 10 {
        case 0: return .isMissing(field)
        case 1, 2: return .oneOf(field, (0..<pick([0, 1, 2, 3])).map { _ in pick(values) })
        default:
            let comparisons: [Comparison] = isOrdered ? Comparison.allCases : [.eq, .ne]
            return .compare(field, pick(comparisons), pick(values))
        }
    }

    private static let days: [Value] = [
        "0001-01-01", "2000-02-28", "2000-02-29", "2008-11-01", "2025-10-31", "2025-11-01", "2026-06-15", "9999-12-31",
    ].compactMap { CalendarDate($0) }.map { .date($0) }

    private static let numbers: [Value] = [
        "-1", "0", "1", "1.5", "2", "3", "4.5", "12.3456", "17", "18", "65", "2008", "100000000000000000000",
        "-5000000000",
    ].compactMap { JSONNumber(text: $0)?.decimal }.map { .number($0) }

    private static let instants: [Value] =
        days
        + ["2026-01-01T00:00:00Z", "2026-02-28T23:00:00.123456Z"].compactMap { LiteralReading.instant($0) }
        .map { .instant($0) }

    private func texts(_ list: [String]) -> [Value] { list.map { .text($0) } }

    private mutating func personal() -> (String, [Value], Bool) {
        switch random.next() % 17 {
        case 0: return ("given_name", texts(Population.given + ["", "o'x\\", "%"]), true)
        case 1: return ("family_name", texts(Population.family), true)
        case 2: return ("sex", texts(["female", "male", "x"]), false)
        case 3: return ("birth_date", Self.days, true)
        case 4: return ("age", Self.numbers, true)
        case 5: return (pick(["birth_year", "yob"]), Self.numbers, true)
        case 6: return ("wg_seeing", texts(["none", "some", "a_lot", "cannot"]), true)
        case 7: return ("is_disabled", [.boolean(true), .boolean(false)], false)
        case 8: return (pick(["languages", "flags"]), texts(["fra", "swa", "pregnant", "x"]), false)
        case 9: return ("status", texts(["active", "deceased", "merged"]), false)
        case 10: return ("social_id", texts([socialID(.person), socialID(.person)]), false)
        case 11: return ("id", texts([uuid(.person).uuidString, uuid(.person).lowercased]), false)
        case 12: return ("household_id", texts([uuid(.household).lowercased, uuid(.household).lowercased]), false)
        case 13: return (pick(["registered_at", "updated_at"]), Self.instants, true)
        case 14: return (pick(["due_on", "observed_on"]), Self.days, true)
        case 15: return ("emails", texts(["a@x.org", "c@x.org"]), false)
        default: return pick([("area", areas(), false), ("role", texts(["head", "member"]), false)])
        }
    }

    private mutating func domestic() -> (String, [Value], Bool) {
        switch random.next() % 13 {
        case 0: return ("size", Self.numbers, true)
        case 1: return ("poverty_score", Self.numbers, true)
        case 2: return ("rooms", Self.numbers, true)
        case 3: return ("land_hectares", Self.numbers, true)
        case 4: return ("land_owned", [.boolean(true), .boolean(false)], false)
        case 5: return ("postal_code", texts(["BI-01", "é", "e\u{301}", "Z'; --", "a"]), true)
        case 6: return ("tenure", texts(["owner", "tenant"]), false)
        case 7: return ("flags", texts(["at_risk", "x"]), false)
        case 8: return ("area", areas(), false)
        case 9: return ("social_id", texts([socialID(.household)]), false)
        case 10: return ("kind", texts(["household", "institution"]), false)
        case 11: return (pick(["due_on", "observed_on"]), Self.days, true)
        default: return ("updated_at", Self.instants, true)
        }
    }

    private mutating func areas() -> [Value] {
        let all = population.fixture.context.areas.index.areas.filter {
            $0.geography == population.fixture.context.areas.index.current
        }
        return (0..<3).map { _ in .text(pick(all).reference) }
    }
}
