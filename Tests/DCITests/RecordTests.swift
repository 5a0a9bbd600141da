import DCI
import Documents
import Foundation
import Groundwork
import Registry
import TestKit
import Testing

@Suite(.scratchDatabase) struct `Records` {
    private func member(_ name: String, _ door: DoorFixture) async throws -> JSON {
        let number = try #require(door.people.numbers[name])
        return try #require(try await door.ask(Sample.identifier("UIN", number, entity: "Member")).records().first)
    }

    private func group(_ name: String, _ door: DoorFixture) async throws -> JSON {
        let number = try #require(door.people.numbers[name])
        return try #require(try await door.ask(Sample.identifier("HOUSEHOLD", number, entity: "Group")).records().first)
    }

    @Test func `a member carries everything that the standard has a place for`() async throws {
        let door = try await DoorFixture.make()
        let number = try #require(door.people.numbers["Espérance"])

        let record = try await member("Espérance", door)

        #expect(record["@context"] == "https://schema.spdci.org/extensions/social/v1")
        #expect(record["@type"] == "Member")
        #expect(
            record["member_identifier"] == [
                ["identifier_type": "UIN", "identifier_value": .string(number)],
                ["identifier_type": "NID", "identifier_value": "1198700123456"],
            ])
        #expect(record["marital_status"] == "W")
        #expect(record["employment_status"] == "6")
        #expect(record["occupation"] == "6")
        #expect(record["education_level"] == "1")
        #expect(record["language_code"] == "run")
        #expect(record["is_disabled"] == false)
        #expect(
            record["disability_info"] == [
                ["disability_limitation_type": "VIS_SS", "functional_severity": "1"],
                ["disability_limitation_type": "MOB_SS", "functional_severity": "1"],
            ])
        #expect(record["registration_date"]?.string.flatMap { Timestamp($0) }?.offset == 7200)
        #expect(record["last_updated"]?.string.flatMap { Timestamp($0) }?.offset == 7200)
    }

    @Test func `the person inside carries names, sex, birth, phones and the place`() async throws {
        let door = try await DoorFixture.make()

        let person = try #require(try await member("Espérance", door)["demographic_info"])

        #expect(person["@type"] == "SRPerson")
        #expect(person["name"] == ["surname": "NIYONZIMA", "given_name": "Espérance"])
        #expect(person["sex"] == "female")
        #expect(person["birth_date"] == "1984-07-02T00:00:00+02:00")
        #expect(person["phone_number"] == [.string(SeededPeople.phone)])
        #expect(person["address"]?[0]?["locality"] == .string(door.people.areas[0].name))
        #expect(person["address"]?[0]?["country_code"] == "BI")
        #expect(person["identifier"]?.array?.count == 2)
    }

    @Test func `what the standard has no place for stands in pairs of key and value`() async throws {
        let door = try await DoorFixture.make()

        let pairs = try #require(try await member("Espérance", door)["additional_attributes"]?.array)

        #expect(pairs.contains(["key": "displacement", "value": "host"]))
        #expect(pairs.contains(["key": "role", "value": "head"]))
        #expect(!pairs.contains { ["birth_date", "sex", "flags"].contains($0["key"]?.string) })
        let divine = try await member("Divine", door)
        #expect(divine["demographic_info"]?["birth_date"] == "2023-02-01T00:00:00+02:00")
        #expect(divine["additional_attributes"]?.array?.contains(["key": "birth_precision", "value": "month"]) == true)
    }

    @Test func `a code without a place in the standard's list is told in the profile's word`() async throws {
        let door = try await DoorFixture.make()

        let pierre = try await member("Pierre", door)
        let hakizimana = try await group("Hakizimana", door)

        #expect(pierre["education_level"] == nil)
        #expect(pierre["additional_attributes"]?.array?.contains(["key": "education", "value": "none"]) == true)
        #expect(hakizimana["group_type"] == nil)
        #expect(hakizimana["additional_attributes"]?.array?.contains(["key": "kind", "value": "institution"]) == true)
    }

    @Test func `a group carries its head, its members and how they are related`() async throws {
        let door = try await DoorFixture.make()

        let record = try await group("Niyonzima", door)

        #expect(record["@type"] == "Group")
        #expect(record["group_identifier"]?[0]?["identifier_type"] == "HOUSEHOLD")
        #expect(record["group_type"] == "2")
        #expect(record["group_size"]?.int == 3)
        #expect(record["poverty_score"]?.number?.canonicalText == "2.4")
        #expect(record["poverty_score_type"] == "PMT")
        #expect(record["place_address"] == true)
        #expect(record["group_head_info"]?["demographic_info"]?["name"]?["given_name"] == "Espérance")
        let members = try #require(record["member_list"]?.array)
        #expect(members.count == 3)
        let claude = try #require(members.first { $0["demographic_info"]?["name"]?["given_name"] == "Claude" })
        #expect(claude["related_person"]?[0]?["relationship_type"] == "SONC")
        #expect(claude["related_person"]?[0]?["related_member"]?["name"]?["surname"] == "NIYONZIMA")
        #expect(members.first?["related_person"] == nil)
    }

    @Test func `a group's place is nested up to the country`() async throws {
        let door = try await DoorFixture.make()
        let path = door.registry.context.areas.index.path(to: door.people.areas[1])

        let record = try await group("Ndayizeye", door)

        var place = record["geographical_location"]
        for area in path.reversed() {
            #expect(place?["@type"] == "Place")
            #expect(place?["name"] == .string(area.name))
            #expect(place?["identifier"]?[0]?["identifier"] == .string(area.code))
            place = place?["contained_in_place"]
        }
        #expect(place == nil)
        #expect(record["geographical_location"]?["geo"]?["latitude"]?.number?.canonicalText == "-3.4")
        #expect(record["address"]?[0]?["address_line_1"] == "Avenue de la Paix 3")
        #expect(record["address"]?[0]?["region_code"] == .string(path[1].code))
        #expect(record["address"]?[0]?["sub_region_code"] == .string(path[2].code))
    }

    @Test func `people alone are answered when SRPerson records are asked for`() async throws {
        let door = try await DoorFixture.make()
        let criteria = Sample.identifier("NID", SeededPeople.nid).setting("reg_record_type", to: "SRPerson")

        let answer = try await door.ask(criteria)

        #expect(answer.items[0]["data"]?["reg_record_type"] == "SRPerson")
        #expect(answer.records()[0]["@type"] == "SRPerson")
        #expect(answer.records()[0]["@context"] != nil)
        #expect(answer.records()[0]["name"]?["surname"] == "NIYONZIMA")
    }

    @Test func `the dead are answered with the day of their death`() async throws {
        let door = try await DoorFixture.make()
        let draft = RegistryFixture.person("Melchior", "Ndadaye", sex: "male", born: "1953-03-28", nid: "4242424242")
        let outcome = try await door.registry.perform(.registerPerson(draft), on: CalendarDate("2026-01-01") ?? .latest)
        let id = try #require(outcome.people.first)
        try await door.registry.perform(.recordDeath(id, successor: nil), on: CalendarDate("2026-05-05") ?? .latest)

        let record = try #require(try await door.ask(Sample.identifier("NID", "4242424242")).records().first)

        #expect(record["demographic_info"]?["death_date"] == "2026-05-05T00:00:00+02:00")
        #expect(record["additional_attributes"]?.array?.contains(["key": "status", "value": "deceased"]) == true)
    }

    @Test func `every attribute of the table is one of the profile, under that DCI name`() async throws {
        let door = try await DoorFixture.make()
        let dictionary = door.registry.context.dictionary
        let people = AttributeTable.name + AttributeTable.person + AttributeTable.member

        for entry in people {
            let attribute = try #require(dictionary.attributes[.person]?[entry.attribute], "\(entry.attribute)")
            let named = attribute.dci.contains { $0 == entry.property || $0.hasSuffix("." + entry.property) }
            #expect(named, "\(entry.property)")
        }
        for entry in AttributeTable.group {
            let attribute = try #require(dictionary.attributes[.household]?[entry.attribute])
            #expect(attribute.dci.contains(entry.property), "\(entry.property)")
        }
    }

    @Test func `every code that a record can carry is one of the standard's list`() async throws {
        let door = try await DoorFixture.make()
        let folder = Sample.root + "/profiles/burundi/codes/"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            let list = try Sample.json("profiles/burundi/codes/" + file)
            guard let standard = list["dci_list"]?.string, standard != "identifier_type" else { continue }
            let known = try Sample.json("standards/dci/\(standard).json")["codes"]?.array ?? []
            let codes = Set(known.compactMap { $0["code"]?.string })
            let mapped = door.registry.context.dictionary.lists[list["list"]?.string ?? ""]?.codes ?? []
            for code in mapped { if let dci = code.dci { #expect(codes.contains(dci), "\(file): \(dci)") } }
        }
    }
}
