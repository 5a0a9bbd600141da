import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Search

@Suite struct `A record found` {
    private func number(_ text: String) -> JSON {
        JSONNumber(text: text).map { .number($0) } ?? .null
    }

    @Test(.scratchDatabase) func `carries every value of the view`() async throws {
        let fixture = try await RegistryFixture.make()
        let area = try #require(fixture.collines.first)
        let draft = RegistryFixture.person(
            "Marie", "Bukuru", born: "1990-05", nid: "12345678", phone: "79000001",
            claims: [
                "further_names": "Goreth", "maiden_name": "Niyonzima", "civil_status": "married",
                "languages": ["run", "fra"], "wg_seeing": "a_lot", "education": "primary",
                "emails": ["marie@example.org"],
            ])
        let home = RegistryFixture.household(
            in: area, members: [draft],
            claims: [
                "rooms": 3, "land_hectares": number("1.5"), "latitude": number("-3.361378"),
                "longitude": number("29.359878"), "poverty_score": number("12.25"), "land_owned": true,
            ])
        let outcome = try await fixture.perform(.registerHousehold(home))
        let searcher = Searcher(context: fixture.context)

        let page = try await searcher.households(
            RegistryRequest(
                subject: .household, filter: .subjects([outcome.households[0].rawValue]), withMembers: true,
                today: RegistryFixture.today),
            from: fixture.database, as: fixture.mandate)
        let household = try #require(page.records.first)
        let person = try #require(household.members?.first)

        #expect(household.values["rooms"] == 3)
        #expect(household.values["land_hectares"]?.number?.text == "1.5")
        #expect(household.attributes["gps"]?["latitude"]?.decimal == Decimal(string: "-3.361378"))
        #expect(household.attributes["consent"]?["basis"] == "consent")
        #expect(household.attributes["consent_basis"] == nil)
        #expect(household.values["area"]?.string == area.reference)
        #expect(household.area == area)
        #expect(household.head == person.id)
        #expect(person.fullName == "Marie Goreth Bukuru Niyonzima")
        #expect(person.values["birth_date"] == ["date": "1990-05-01", "precision": "month"])
        #expect(person.values["languages"] == ["run", "fra"])
        #expect(person.values["is_disabled"] == true)
        #expect(person.values["emails"] == ["marie@example.org"])
        #expect(person.age(on: RegistryFixture.today) == 36)
        #expect(person.role == .head)
        #expect(person.recipient == .first)
        #expect(person.household == household.id)
        let contacts = try person.contacts(fixture.context.keys)
        #expect(contacts.identifiers.map(\.value) == ["12345678"])
        #expect(contacts.phones == ["+25779000001"])
    }
}

@Suite struct `An identifier` {
    @Test(.scratchDatabase) func `is found in any spelling, by type, by alias and without type`() async throws {
        let fixture = try await RegistryFixture.make()
        let outcome = try await fixture.perform(
            .registerPerson(RegistryFixture.person(nid: "12345678", phone: "+257 79 000 001")))
        let person = try #require(outcome.people.first)
        let searcher = Searcher(context: fixture.context)

        let asked: [(String?, String)] = [
            ("NID", "1234-5678"), ("nid", " 12345678"), ("CNI", "12345678"), (nil, "12345678"),
            ("PHONE", "79000001"), ("phone", "0025779000001"), (nil, "+25779000001"),
        ]
        for (type, value) in asked {
            let request = RegistryRequest(
                subject: .person, filter: .identifier(type: type, value: value), wantsTotal: true,
                today: RegistryFixture.today)
            let page = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
            #expect(page.records.map(\.id) == [person], "\(type ?? "any") \(value)")
            #expect(page.total == 1)
        }
    }

    @Test(.scratchDatabase) func `that nobody has finds nobody, and a type that is none is refused`() async throws {
        let fixture = try await RegistryFixture.make()
        let searcher = Searcher(context: fixture.context)
        func request(_ type: String?, _ value: String) -> RegistryRequest {
            RegistryRequest(
                subject: .person, filter: .identifier(type: type, value: value), wantsTotal: true,
                today: RegistryFixture.today)
        }

        for value in ["", "x", "'; --", "\u{0}", String(repeating: "9", count: 5000), "é"] {
            let page = try await searcher.people(request(nil, value), from: fixture.database, as: fixture.mandate)
            #expect(page.total == 0)
            let typed = try await searcher.people(request("NID", value), from: fixture.database, as: fixture.mandate)
            #expect(typed.total == 0)
        }
        await #expect(throws: RegistryFault.self) {
            try await searcher.people(request("XYZ", "1"), from: fixture.database, as: fixture.mandate)
        }
    }

    @Test(.scratchDatabase) func `shared by several pages through all of them`() async throws {
        let fixture = try await RegistryFixture.make()
        for given in ["Aline", "Paul", "Marie"] {
            try await fixture.perform(.registerPerson(RegistryFixture.person(given, phone: "79000001")))
        }
        let searcher = Searcher(context: fixture.context)
        var request = RegistryRequest(
            subject: .person, filter: .identifier(type: "PHONE", value: "79000001"),
            page: .numbered(size: 2, number: 1), wantsTotal: true, today: RegistryFixture.today)

        let first = try await searcher.people(request, from: fixture.database, as: fixture.mandate)
        request.page = .numbered(size: 2, number: 2)
        let second = try await searcher.people(request, from: fixture.database, as: fixture.mandate)

        #expect(first.total == 3 && second.total == 3)
        #expect(Set((first.records + second.records).map(\.id)).count == 3)
    }
}
