import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit

/// Three households whose facts the tests know by heart.
struct SeededPeople: Sendable {
    /// Short names by social id.
    var names: [String: String] = [:]
    /// Social ids by short name.
    var numbers: [String: String] = [:]
    var areas: [Area] = []

    static let nid: String = "1198700123456"
    static let phone: String = "+25779000001"

    static func seed(_ registry: RegistryFixture) async throws -> SeededPeople {
        var people = SeededPeople()
        let collines = registry.collines
        people.areas = [collines[0], collines[collines.count / 2], collines[collines.count - 1]]
        let households: [(String, HouseholdDraft, CalendarDate?)] = [
            ("Niyonzima", widow(people.areas[0]), CalendarDate("2025-03-04")),
            ("Ndayizeye", couple(people.areas[1]), CalendarDate("2025-06-01")),
            ("Hakizimana", single(people.areas[2]), CalendarDate("2026-01-15")),
        ]
        for (name, draft, day) in households {
            let outcome = try await registry.perform(
                .registerHousehold(draft), on: day ?? RegistryFixture.today)
            for row in try await registry.rows(
                """
                SELECT p.social_id, p.given_name, h.social_id FROM registry.person AS p
                JOIN registry.household AS h ON h.id = p.household_id
                WHERE h.id = \(outcome.main)
                """)
            {
                people.add(try row.get(0), try row.get(1))
                people.add(try row.get(2), name)
            }
        }
        return people
    }

    private mutating func add(_ number: String, _ name: String) {
        names[number] = name
        numbers[name] = number
    }

    private static func person(
        _ given: String, _ family: String, _ sex: String, _ born: String, _ more: JSONObject = [:],
        nid: String? = nil, phone: String? = nil
    ) -> PersonDraft {
        RegistryFixture.person(given, family, sex: sex, born: born, nid: nid, phone: phone, claims: more)
    }

    private static func household(
        _ area: Area, _ claims: JSONObject, _ members: [(PersonDraft, String)]
    ) -> HouseholdDraft {
        var all: JSONObject = ["area": .string(area.reference), "consent_basis": "consent", "residence": "rural"]
        for (key, value) in claims { all[key] = value }
        return HouseholdDraft(
            claims: all,
            members: members.enumerated().map { index, member in
                MemberDraft(
                    .new(member.0), role: index == 0 ? .head : .member, relationship: member.1,
                    recipient: index == 0 ? .first : nil)
            })
    }

    private static let ableBodied: JSONObject = ["wg_seeing": "none", "wg_walking": "none"]

    private static func widow(_ area: Area) -> HouseholdDraft {
        let head: JSONObject = [
            "civil_status": "widowed", "education": "primary", "occupation": "agriculture", "employment": "own_account",
            "languages": ["run", "fra"], "displacement": "host",
        ]
        return household(
            area, ["poverty_score": .number(JSONNumber(text: "2.4") ?? JSONNumber(2)), "poverty_score_type": "PMT"],
            [
                (
                    person(
                        "Espérance", "NIYONZIMA", "female", "1984-07-02", head.merging(ableBodied), nid: nid,
                        phone: phone),
                    "head"
                ),
                (person("Claude", "Niyonzima", "male", "2015-05-20", ["education": "primary_incomplete"]), "son"),
                (person("Divine", "Niyonzima", "female", "2023-02", ["wg_walking": "a_lot"]), "daughter"),
            ])
    }

    private static func couple(_ area: Area) -> HouseholdDraft {
        household(
            area,
            [
                "poverty_score": .number(JSONNumber(text: "7.1") ?? JSONNumber(7)), "poverty_score_type": "PMT",
                "latitude": .number(JSONNumber(text: "-3.4") ?? JSONNumber(-3)),
                "longitude": .number(JSONNumber(text: "29.9") ?? JSONNumber(29)), "address": "Avenue de la Paix 3",
            ],
            [
                (
                    person(
                        "Pierre", "NDAYIZEYE", "male", "1960-01-01", ["civil_status": "married", "education": "none"]),
                    "head"
                ),
                (
                    person(
                        "Jeanne", "NTIRAMPEBA", "female", "1965",
                        ["civil_status": "married_polygamous", "education": "lower_secondary"]), "wife"
                ),
                (person("Aline", "NDAYIZEYE", "female", "2019-11-30"), "granddaughter"),
                (person("Kevin", "NDAYIZEYE", "male", "2022-04-04"), "grandson"),
            ])
    }

    private static func single(_ area: Area) -> HouseholdDraft {
        household(
            area, ["kind": "institution"],
            [(person("Gloriose", "HAKIZIMANA", "female", "2001-09-09", ["civil_status": "never_married"]), "head")])
    }
}

extension JSONObject {
    fileprivate func merging(_ other: JSONObject) -> JSONObject {
        var copy = self
        copy.merge(other)
        return copy
    }
}
