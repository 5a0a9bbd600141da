import Documents
import Groundwork
import Registry
import TestKit
import Testing
import Web

@Suite struct `Areas by either division over the API` {
    /// A household in each area, and their ids.
    private func settle(_ door: DoorFixture, _ references: [String]) async throws -> [String] {
        var ids: [String] = []
        var head = DoorFixture.person()
        head["role"] = "head"
        for reference in references {
            let answer = try await door.post(
                "/api/v1/households",
                [
                    "attributes": ["area": .string(reference), "consent_basis": "consent", "residence": "rural"],
                    "members": [.object(head)],
                ])
            #expect(answer.status == 201, "\(answer.text)")
            ids.append(try #require(answer["id"]?.string))
        }
        return ids
    }

    private static let matana = "BI03030701"  // certain: a colline of zone Matana, of the commune of that name
    private static let mutambara = "BI03060101"  // likely: in commune Rumonge
    private static let gatumba = "BI02100401"  // between city and surroundings: not resolved
    private static let former = "bi-former:BF0402"  // Matana, on the former division itself

    @Test(.scratchDatabase) func `a crosswalk is listed, paged, filtered and reported`() async throws {
        let door = try await DoorFixture.make()

        let list = try await door.get("/api/v1/areas/crosswalks", as: .visitor)
        let first = try #require(list["crosswalks"]?[0])
        #expect(first["from"] == "bi-former")
        let total = ["certain", "likely", "possible", "unresolved"].reduce(0) { $0 + (first["lines"]?[$1]?.int ?? 0) }

        var seen = 0
        var next: String? = ""
        while let after = next {
            let page = try await door.get(
                "/api/v1/areas/crosswalks/bi-former/bi-2023?limit=250" + (after.isEmpty ? "" : "&after=\(after)"))
            seen += page["lines"]?.array?.count ?? 0
            next = page["next"]?.string
        }
        #expect(seen == total)

        let open = try await door.get("/api/v1/areas/crosswalks/bi-former/bi-2023?confidence=unresolved&limit=500")
        #expect(open["lines"]?.array?.count == first["lines"]?["unresolved"]?.int)
        let one = try await door.get("/api/v1/areas/crosswalks/bi-former/bi-2023?area=bi-former:BF0402")
        #expect(
            one["lines"]?.array?.compactMap { $0["to"]?["reference"]?.string } == [
                "bi-2023:BI0303", "bi-2023:BI030307",
            ])
        #expect(one["lines"]?[0]?["weight"] == "1")

        let report = try await door.get("/api/v1/areas/crosswalks/bi-former/bi-2023/report")
        #expect(report["unresolved"]?.array?.count == first["unresolved"]?.int)
        let names = (report["unresolved"]?.array ?? []).compactMap { $0["area"]?["reference"]?.string }
        #expect(names.contains("bi-former:BF0201"))
        #expect(names.contains("bi-2023:BI021004"))
        #expect(!names.contains("bi-2023:BI01"))

        #expect(try await door.get("/api/v1/areas/crosswalks/bi-2023/bi-former").code == "api.crosswalk.not_found")
        #expect(
            try await door.get("/api/v1/areas/crosswalks/bi-former/bi-2023?confidence=sure").errors
                == ["/query/confidence": "query.choice"])
    }

    @Test(.scratchDatabase) func `a record's area is told in the other division, with its confidence or as unresolved`()
        async throws
    {
        let door = try await DoorFixture.make()
        let ids = try await settle(door, [Self.matana, Self.mutambara, Self.gatumba, Self.former])
        func told(_ id: String, _ more: String = "division=bi-former") async throws -> JSON? {
            try await door.get("/api/v1/households/\(id)?\(more)")["area_in"]
        }

        let certain = try await told(ids[0])
        #expect(certain?["area"]?["reference"] == "bi-former:BF0402")
        #expect(certain?["confidence"] == "certain")
        #expect(certain?["levels"]?[0]?["area"]?["name"] == "Bururi")

        let likely = try await told(ids[1])
        #expect(likely?["area"]?["reference"] == "bi-former:BF16")
        #expect(likely?["confidence"] == "likely")
        #expect(likely?["levels"]?[1]?["confidence"] == "unresolved")
        #expect(try await told(ids[1], "division=bi-former&confidence=certain")?["area"] == .null)

        let open = try await told(ids[2])
        #expect(open?["area"] == .null)
        #expect(open?["confidence"] == "unresolved")

        let forward = try await told(ids[3], "division=bi-2023")
        #expect(forward?["area"]?["reference"] == "bi-2023:BI0303")
        #expect(forward?["confidence"] == "likely")

        let plain = try await door.get("/api/v1/households/\(ids[0])")
        #expect(plain["area_in"] == nil)
        let members = try await door.get("/api/v1/households/\(ids[0])?division=bi-former")
        #expect(members["members"]?[0]?["person"]?["area_in"]?["confidence"] == "certain")
        let person = try #require(members["members"]?[0]?["id"]?.string)
        #expect(
            try await door.get("/api/v1/people/\(person)?division=bi-former")["area_in"]?["area"]?["name"] == "Matana")
        #expect(
            try await door.get("/api/v1/households/\(ids[0])?division=bi-former&valid=2026-11-01")["area_in"]?["area"]?[
                "name"] == "Matana")
        #expect(
            try await door.get("/api/v1/people/\(person)?division=bi-1900").errors
                == ["/query/division": "geography.unknown"])
    }

    @Test(.scratchDatabase) func `a search takes an area of either division and says what it left out`() async throws {
        let door = try await DoorFixture.make()
        let ids = try await settle(door, [Self.matana, Self.mutambara, Self.gatumba, Self.former])
        func found(_ query: String) async throws -> Set<String> {
            let answer = try await door.get("/api/v1/households?" + query)
            #expect(answer.status == 200, "\(answer.text)")
            return Set((answer["households"]?.array ?? []).compactMap { $0["id"]?.string })
        }

        #expect(try await found("area=bi-former:BF04") == [ids[0], ids[3]])
        #expect(try await found("area=bi-former:BF16") == [ids[1]])
        #expect(try await found("area=bi-former:BF16&confidence=certain") == [])
        // In the division in force: what stands there, and with a confidence also what reads as it.
        #expect(try await found("area=BI0303") == [ids[0]])
        #expect(try await found("area=BI0303&confidence=likely") == [ids[0], ids[3]])

        let city = try await door.get("/api/v1/households?area=bi-former:BF02&division=bi-former")
        #expect(city["households"] == [])
        #expect(city["left_out"]?["records"] == 1)
        #expect(city["left_out"]?["areas"]?.int ?? 0 > 10)
        #expect(city["left_out"]?["confidence"] == "likely")
        let plain = try await door.get("/api/v1/households?area=BI0303")
        #expect(plain["left_out"] == nil)

        let tree = try await door.post(
            "/api/v1/search",
            [
                "subject": "people", "division": "bi-former", "confidence": "likely", "count": true,
                "filter": ["and": [["area": ["bi-former:BF04", "bi-former:BF16"]], ["name": "Niyonzima"]]],
            ])
        #expect(tree["total"] == 3)
        #expect(tree["people"]?[0]?["area_in"]?["division"] == "bi-former")
        let count = try await door.get("/api/v1/people?area=bi-former:BF02&limit=0")
        #expect(count["total"] == 0)
        #expect(count["left_out"]?["records"] == 1)
    }

    @Test(.scratchDatabase) func `counts by area add up, with what is unresolved`() async throws {
        let door = try await DoorFixture.make()
        _ = try await settle(door, [Self.matana, Self.matana, Self.mutambara, Self.gatumba, Self.former])
        _ = try await door.registered()

        for query in [
            "", "division=bi-former", "division=bi-former&level=commune", "division=bi-former&confidence=certain",
        ] {
            let counts = try await door.get("/api/v1/people/counts?" + query)
            #expect(counts.status == 200, "\(counts.text)")
            let rows = (counts["counts"]?.array ?? []).reduce(0) { $0 + ($1["count"]?.int ?? 0) }
            let rest = (counts["unresolved"]?.int ?? 0) + (counts["without_area"]?.int ?? 0)
            #expect(rows + rest == 6)
            #expect(counts["total"] == 6)
            #expect(counts["without_area"] == 1)
        }
        let counted = try await door.get("/api/v1/households/counts?division=bi-former&level=province&residence=rural")
        let rows = (counted["counts"]?.array ?? []).map {
            "\($0["area"]?["name"]?.string ?? "") \($0["count"]?.int ?? 0)"
        }
        #expect(rows == ["Bururi 3", "Rumonge 1"])
        #expect(counted["counts"]?[0]?["certain"] == 3)
        #expect(counted["unresolved"] == 1)
        #expect(
            try await door.get("/api/v1/people/counts?division=bi-former&level=zone").errors
                == ["/query/level": "level.unknown"])
        #expect(try await door.get("/api/v1/people/counts", as: .visitor).status == 403)
    }
}
