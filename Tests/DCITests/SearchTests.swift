import DCI
import Documents
import Foundation
import Groundwork
import Registry
import TestKit
import Testing

@Suite(.scratchDatabase) struct `Sync search` {
    // MARK: - Identifiers

    @Test func `a person is found by the registry's number`() async throws {
        let door = try await DoorFixture.make()
        let number = try #require(door.people.numbers["Espérance"])

        let answer = try await door.ask(Sample.identifier("UIN", number, entity: "Member"))

        #expect(answer.status == 200)
        #expect(try breaches(answer.json, of: \.answer) == [])
        #expect(door.names(answer) == ["Espérance"])
        #expect(answer.total() == 1)
        #expect(answer.header["status"] == "succ")
    }

    @Test(arguments: [
        ("NID", "1198700123456"), ("NID", "11987-0012 3456"), ("PHONE", "+257 79 00 00 01"), ("MOBILE", "79000001"),
        ("nid", "1198700123456"),
    ])
    func `a person is found by identifiers and phones in any spelling`(type: String, value: String) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.ask(Sample.identifier(type, value))

        #expect(door.names(answer) == ["Espérance"])
    }

    @Test func `a household is found by its own number, by a member's, and members by the household's`() async throws {
        let door = try await DoorFixture.make()
        let household = try #require(door.people.numbers["Niyonzima"])
        let child = try #require(door.people.numbers["Claude"])

        let own = try await door.ask(Sample.identifier("HOUSEHOLD", household, entity: "Group"))
        let member = try await door.ask(Sample.identifier("UIN", child, entity: "Group"))
        let members = try await door.ask(Sample.identifier("HOUSEHOLD_ID", household, entity: "Member"))

        #expect(door.names(own) == ["Niyonzima"])
        #expect(door.names(member) == ["Niyonzima"])
        #expect(Set(door.names(members)) == ["Espérance", "Claude", "Divine"])
    }

    @Test func `nobody found is a success without records`() async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.ask(Sample.identifier("NID", "99999999"))

        #expect(answer.items[0]["status"] == "succ")
        #expect(answer.records().isEmpty)
        #expect(answer.total() == 0)
    }

    @Test func `attributes can be asked for like identifiers`() async throws {
        let door = try await DoorFixture.make()

        #expect(door.names(try await door.ask(Sample.identifier("YOB", "2001"))) == ["Gloriose"])
        #expect(door.names(try await door.ask(Sample.identifier("DOB", "1984-07-02"))) == ["Espérance"])
    }

    // MARK: - People

    private static let questions: [(query: JSON, names: Set<String>)] = [
        (["age": ["$lt": 5]], ["Divine", "Kevin"]), (["age": ["$lt": "5"]], ["Divine", "Kevin"]),
        (["$and": [["age": ["$lt": 5]], ["demographic_info.sex": "female"]]], ["Divine"]),
        (["$or": [["YOB": 2001], ["YOB": 1960]]], ["Gloriose", "Pierre"]),
        (["$not": ["sex": "female"]], ["Claude", "Pierre", "Kevin"]),
        (["sex": ["$ne": "F"]], ["Claude", "Pierre", "Kevin"]), (["gender": "homme"], ["Claude", "Pierre", "Kevin"]),
        (["marital_status": "W"], ["Espérance"]), (["marital_status": "M"], ["Pierre", "Jeanne"]),
        (["marital_status": "married"], ["Pierre", "Jeanne"]), (["marital_status": "polygamous"], ["Jeanne"]),
        (["marital_status": ["$in": ["W", "S"]]], ["Espérance", "Gloriose"]),
        (["education_level": "1"], ["Espérance", "Claude"]), (["education_level": ["$gte": "2"]], ["Jeanne"]),
        (["is_disabled": true], ["Divine"]), (["is_disabled": "1"], ["Divine"]),
        (["is_disabled": false], ["Espérance"]),
        (["is_disabled": ["$exists": true]], ["Divine", "Espérance"]),
        (["birth_date": ["$gte": "2020-01-01T00:00:00+02:00"]], ["Divine", "Kevin"]),
        (["demographic_info.birth_date": "1984-07-01T22:00:00Z"], ["Espérance"]),
        (["birth_date": ["$gt": "2015-05-20", "$lt": "2022-04-05"]], ["Aline", "Kevin"]),
        (["poverty_score": ["$lt": 5]], ["Espérance", "Claude", "Divine"]),
        (["$and": [["group_size": 4], ["age": ["$gte": 60]]]], ["Pierre", "Jeanne"]),
        (["relationship_type": "SONC"], ["Claude"]), (["occupation": "6"], ["Espérance"]),
        (["registration_date": ["$gte": "1999-01-01"], "age": 25], ["Gloriose"]),
        (["age": ["$nin": [41, 42]], "UIN": "1"], []),
    ]

    @Test(arguments: questions)
    func `people are found by what is asked`(query: JSON, names: Set<String>) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.ask(Sample.expression(query))

        #expect(answer.reason() == nil, "\(answer.items)")
        #expect(Set(door.names(answer)) == names)
        #expect(answer.total() == names.count)
    }

    @Test func `names are found in any order and without accents`() async throws {
        let door = try await DoorFixture.make()

        #expect(door.names(try await door.ask(Sample.expression(["name": "niyonzima esperance"]))) == ["Espérance"])
    }

    @Test func `places are found by code and by name, with all below them`() async throws {
        let door = try await DoorFixture.make()
        let colline = door.people.areas[0]
        let province = try #require(door.registry.context.areas.index.path(to: colline).dropFirst().first)

        for word in [colline.code, province.code, province.name.uppercased()] {
            let answer = try await door.ask(Sample.expression(["location": .string(word)]))
            #expect(Set(door.names(answer)).isSuperset(of: ["Espérance", "Claude", "Divine"]), "\(word)")
        }
    }

    @Test func `places of the former division are read through the crosswalk, and refused where it is open`()
        async throws
    {
        let door = try await DoorFixture.make()
        let index = door.registry.context.areas.index
        let former = index.areas.filter { $0.geography == "bi-former" && $0.level > 0 }
        let known = former.filter { area in
            index.leftOut(of: area, atLeast: .likely).allSatisfy { $0.geography != "bi-2023" }
                && index.ranges(of: area, atLeast: .likely).count > 1
        }
        let holding = try #require(
            known.first { area in
                index.ranges(of: area, atLeast: .likely).contains { $0.contains(door.people.areas[0].preorder) }
            })
        let open = try #require(
            former.first { area in
                index.leftOut(of: area, atLeast: .likely).contains { $0.geography == "bi-2023" }
            })
        let lost = try #require(
            former.first { area in
                index.leftOut(of: area, atLeast: .likely).isEmpty
                    && index.ranges(of: area, atLeast: .likely).count == 1
            })

        let found = try await door.ask(Sample.expression(["location": .string(holding.reference)]))
        #expect(Set(door.names(found)).isSuperset(of: ["Espérance", "Claude", "Divine"]))
        for area in [open, lost] {
            let refused = try await door.ask(Sample.expression(["location": .string(area.reference)]))
            #expect(refused.items[0]["status"] == "rjct", "\(area.reference)")
            let told = String(decoding: refused.json.serialized(), as: UTF8.self)
            #expect(told.contains("ask for areas of bi-2023"), "\(area.reference)")
        }
    }

    // MARK: - Groups

    private static let groupQuestions: [(query: JSON, names: Set<String>)] = [
        (["poverty_score": ["$lt": 5]], ["Niyonzima"]), (["group_size": ["$gte": 3]], ["Niyonzima", "Ndayizeye"]),
        (["household_size": ["$lt": 2]], ["Hakizimana"]), (["group_type": "2"], ["Niyonzima", "Ndayizeye"]),
        (["age": ["$lt": 5]], ["Niyonzima", "Ndayizeye"]),
        (["$and": [["age": ["$lt": 5]], ["sex": "female"]]], ["Niyonzima"]),
        (["$and": [["age": ["$lt": 5]], ["sex": "female"], ["poverty_score": ["$gt": 5]]]], []),
        (["$and": [["age": ["$lt": 5]], ["$not": ["sex": "female"]]]], ["Ndayizeye"]),
        (["$not": ["age": ["$lt": 5]]], ["Hakizimana"]), (["member_list.age": ["$gt": 60]], ["Ndayizeye"]),
        (["group_head_info.sex": "female"], ["Niyonzima", "Hakizimana"]),
        (["poverty_score": ["$exists": false]], ["Hakizimana"]),
    ]

    @Test(arguments: groupQuestions)
    func `groups are found by their own and their members' attributes`(query: JSON, names: Set<String>) async throws {
        let door = try await DoorFixture.make()

        let answer = try await door.ask(Sample.expression(query, entity: "Group"))

        #expect(answer.reason() == nil, "\(answer.items)")
        #expect(Set(door.names(answer)) == names)
        #expect(try breaches(answer.json, of: \.answer) == [])
    }

    // MARK: - Predicates

    @Test func `predicates are answered like expressions`() async throws {
        let door = try await DoorFixture.make()
        let young = Sample.predicate("age", "le", "12")
        let female = Sample.predicate("sex", "eq", "female")

        let both: JSON = ["seq_num": 1, "expression1": young, "condition": "and", "expression2": female]
        #expect(Set(door.names(try await door.ask(Sample.predicates([both])))) == ["Divine", "Aline"])

        let separate = Sample.predicates([
            ["seq_num": 2, "expression1": female], ["seq_num": 1, "expression1": young],
        ])
        #expect(Set(door.names(try await door.ask(separate))) == ["Divine", "Aline"])

        let not: JSON = ["expression1": young, "condition": "not", "expression2": female]
        #expect(Set(door.names(try await door.ask(Sample.predicates([not])))) == ["Claude", "Kevin"])

        let years = Sample.predicates([["expression1": Sample.predicate("YOB", "in", "1960, 2001")]])
        #expect(Set(door.names(try await door.ask(years))) == ["Pierre", "Gloriose"])
    }

    // MARK: - Order and pages

    @Test func `records come in the order asked for`() async throws {
        let door = try await DoorFixture.make()
        func ask(_ order: String, _ attribute: String) async throws -> [String] {
            let criteria = Sample.expression(["age": ["$lt": 12]]).setting(
                "sort", to: [["attribute_name": .string(attribute), "sort_order": .string(order)]])
            return door.names(try await door.ask(criteria))
        }

        #expect(try await ask("asc", "birth_date") == ["Claude", "Aline", "Kevin", "Divine"])
        #expect(try await ask("desc", "birth_date") == ["Divine", "Kevin", "Aline", "Claude"])
        #expect(try await ask("asc", "age") == ["Divine", "Kevin", "Aline", "Claude"])
        let numbers = try await ask("asc", "UIN").map { door.people.numbers[$0] ?? "" }
        #expect(numbers == numbers.sorted())
    }

    @Test func `pages follow one another without gaps or repeats`() async throws {
        let door = try await DoorFixture.make()
        var seen: [String] = []
        for number in 1...4 {
            let criteria = Sample.expression(["age": ["$gte": 0]]).setting(
                "pagination", to: ["page_size": 3, "page_number": .number(JSONNumber(number))])
            let answer = try await door.ask(criteria)
            #expect(answer.total() == 8)
            #expect(answer.items[0]["pagination"]?["page_number"]?.int == number)
            seen += door.names(answer)
        }

        #expect(seen.count == 8)
        #expect(Set(seen).count == 8)
    }

    @Test func `one message with many requests is answered in order, each with its own status`() async throws {
        let door = try await DoorFixture.make()
        let json = Sample.message([
            Sample.identifier("NID", SeededPeople.nid), Sample.expression(["shoe_size": 42]),
            Sample.expression(["poverty_score": ["$lt": 5]], entity: "Group"), Sample.expression(["name": "Pierre"]),
            Sample.identifier("UIN", "1", entity: "Member"),
        ])

        let answer = try await door.send(json)

        #expect(answer.items.compactMap { $0["reference_id"]?.string } == (1...5).map { "R-\($0)" })
        #expect(answer.items.compactMap { $0["status"]?.string } == ["succ", "rjct", "succ", "succ", "succ"])
        #expect(answer.reason(1) == "rjct.filter.invalid")
        #expect(door.names(answer, 2) == ["Niyonzima"])
        #expect(door.names(answer, 3) == ["Pierre"])
        #expect(answer.header["total_count"]?.int == 5)
        #expect(answer.header["completed_count"]?.int == 5)
        #expect(try breaches(answer.json, of: \.answer) == [])
    }
}
