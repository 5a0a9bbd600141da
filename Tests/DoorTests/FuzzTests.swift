import Documents
import Groundwork
import TestKit
import Testing
import Web

/// Documents of the right shape with wrong things in them: whatever comes, the answer is never a 500.
@Suite(.scratchDatabase, .serialized) struct `Random documents` {
    @Test(arguments: [UInt64(3), 17, 91]) func `are carried out or refused, and never break anything`(
        seed: UInt64
    ) async throws {
        let door = try await DoorFixture.make()
        let home = try await door.registeredHousehold([DoorFixture.person("Claver"), DoorFixture.person("Odette")])
        let routes = door.site.routes.filter { $0.method == .post || $0.method == .patch }
        var random = SeededGenerator(seed: seed)
        var seeds: [JSON] = [
            door.household([DoorFixture.person("Alain")]), .object(DoorFixture.person()),
            ["partners": [.string(home.members[0]), .string(home.members[1])], "from": "2020-01-01"],
            ["subject": "people", "filter": ["and": [["attribute": "age", "op": "ge", "value": 3]]]],
            ["command": ["kind": "person.death", "person": .string(home.members[0])], "reason": "told"],
            ["members": [.string(home.members[1])], "successor": .string(home.members[0])],
            ["questionnaire": "household_2026", "version": 1, "answers": ["rooms": 2]],
            ["items": [["programme": "cash", "kind": "benefit", "key": "1", "amount_minor": 5, "currency": "BIF"]]],
            ["from": .string(home.id), "to": .string(home.id)],
        ]
        seeds.append(["reason": "other", "area": .string(door.area)])

        for _ in 0..<150 {
            guard let route = routes.randomElement(using: &random), let base = seeds.randomElement(using: &random)
            else { continue }
            let body = Mutation.mutated(base, using: &random)
            let target = Self.target(route, home, using: &random)
            let answer = try await door.call(
                route.method, target, body.serialized(), headers: route.method == .patch ? ["If-Match": "*"] : [:])
            #expect(answer.status < 500, "\(route.name) with \(body.text): \(answer.text), seed \(seed)")
            if answer.status == 422 { #expect(answer["errors"]?.array?.isEmpty == false, "\(answer.text)") }
        }
    }

    private static func target(
        _ route: Route, _ home: (id: String, members: [String]), using random: inout SeededGenerator
    ) -> String {
        var target = route.path
        let isHousehold = target.contains("/households/")
        for name in route.parameterNames {
            let value = name == "person" || !isHousehold ? home.members.randomElement(using: &random) : home.id
            target = target.replacing("{\(name)}", with: value ?? home.id)
        }
        return target
    }
}

/// Small random changes to a document.
enum Mutation {
    private static let odd: [JSON] = [
        .null, true, 0, -1, 99_999_999_999, "", "x", "2023-02-30", "0001-01-01", "9999-12-31", [], [:], ["a", 1],
        ["value": ["deep": [[]]]], "\u{202E}abc", "ünïcödé", "🏠", .string(String(repeating: "long", count: 200)),
        "019f0000-0000-7000-8000-000000000000", "head", "first", "BIF",
    ]
    private static let names: [String] = [
        "attributes", "members", "id", "role", "observed_on", "identifiers", "phones", "value", "versions",
        "consent_basis",
        "latitude", "death_date", "birth_date", "languages", "flags", "filter", "person", "household", "area", "not",
    ]

    static func mutated(_ json: JSON, using random: inout SeededGenerator) -> JSON {
        var result = json
        for _ in 0..<Int.random(in: 0...3, using: &random) { result = changed(result, depth: 0, using: &random) }
        return result.object == nil ? json : result
    }

    private static func changed(_ json: JSON, depth: Int, using random: inout SeededGenerator) -> JSON {
        switch json {
        case .object(var object):
            guard let key = object.keys.randomElement(using: &random), depth < 5 else { return json }
            switch Int.random(in: 0..<5, using: &random) {
            case 0: object.removeValue(key)
            case 1: object[names.randomElement(using: &random) ?? key] = odd.randomElement(using: &random)
            case 2: object[key] = odd.randomElement(using: &random)
            default: object[key] = object[key].map { changed($0, depth: depth + 1, using: &random) }
            }
            return .object(object)
        case .array(var items):
            guard let place = items.indices.randomElement(using: &random), depth < 5 else { return json }
            if Int.random(in: 0..<4, using: &random) == 0 { items.append(items[place]) }
            items[place] = changed(items[place], depth: depth + 1, using: &random)
            return .array(items)
        default: return odd.randomElement(using: &random) ?? json
        }
    }
}
