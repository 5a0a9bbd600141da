import Documents
import Foundation
import Groundwork
import Linkage
import Matching
import Postgres
import Profiles
import Registry
import TestKit
import Testing

@Suite struct `Registrations at the same moment` {
    private static let given = ["Zénobie", "Prudence", "Théophile", "Léocadie", "Philomène", "Barthélemy"]
    private static let slips = ["Zenobye", "Prudance", "Teofile", "Leokadie", "Filomene", "Bartelemi"]
    private static let families = ["Vyukusenge", "Baranyanka", "Hicuburundi", "Ndarugirire"]

    /// A couple as two desks know it: with the days of birth, and, spelled otherwise, with the years alone.
    private func twice(_ number: Int, in fixture: MatchingFixture) -> [Command] {
        func member(_ place: Int, isExact: Bool) -> PersonDraft {
            let (given, year) = ((number + place) % Self.given.count, 1951 + number * 3 + place * 2)
            return RegistryFixture.person(
                isExact ? Self.given[given] : Self.slips[given], Self.families[(number + place) % Self.families.count],
                sex: place == 0 ? "female" : "male",
                born: isExact ? "\(year)-0\(1 + number % 9)-1\(1 + place + number % 8)" : "\(year)")
        }
        return [true, false].map { isExact in
            .registerHousehold(
                RegistryFixture.household(
                    in: fixture.registry.collines[number],
                    members: [member(0, isExact: isExact), member(1, isExact: isExact)]))
        }
    }

    @Test(.scratchDatabase) func `two desks that know different things of one person do not both register`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 60, twins: 2)
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        let registrar = fixture.watching
        for number in 0..<16 {
            let commands = twice(number, in: fixture).shuffled()
            let known = fixture
            let fates = await withTaskGroup(of: String.self) { group in
                for command in commands { group.addTask { await known.fate(of: command, by: registrar) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(fates.sorted() == ["done", "match.suspected"], "\(number)")
        }
    }

    @Test(.scratchDatabase) func `the largest household takes few locks, and waits for others all the same`()
        async throws
    {
        let fixture = try await MatchingFixture.make(households: 30, twins: 2)
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        func person(_ number: Int) -> PersonDraft {
            RegistryFixture.person(
                "\(Self.given[number % 6]) \(MatchingFixture.given[number % 20])",
                MatchingFixture.families[number / 10], born: "\(1920 + number / 3)-0\(1 + number % 9)-1\(number % 7)",
                nid: String(55_000_000 + number * 37), phone: "+2577\(2_000_000 + number * 91)")
        }
        let large = Command.registerHousehold(
            RegistryFixture.household(in: fixture.registry.collines[1], members: (0..<200).map(person)))
        let small = Command.registerHousehold(
            RegistryFixture.household(in: fixture.registry.collines[2], members: [person(150)]))
        let matcher = fixture.matcher
        for command in [large, small] {
            let taken = try await fixture.registry.database.write(as: fixture.registry.mandate) {
                (tx: borrowing Transaction) async throws -> Int64 in
                _ = try await matcher.admit(command.newcomers, others: [], in: tx)
                return try await tx.query(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                ).first?.get(0) ?? 0
            }
            #expect((1...257).contains(taken), "\(taken)")
        }
        let (known, registrar) = (fixture, fixture.watching)
        let fates = await withTaskGroup(of: String.self) { group in
            for command in [large, small] { group.addTask { await known.fate(of: command, by: registrar) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(fates.sorted() == ["done", "match.suspected"])
    }

    @Test(.scratchDatabase) func `a household beyond all bounds is refused before anybody is looked up`() async throws {
        let fixture = try await MatchingFixture.make(households: 10, twins: 0)
        _ = try await fixture.run(base: try fixture.registry.profile.matchModel())
        let members = (0..<201).map {
            RegistryFixture.person("Jean", "Ciza", born: "1980-05-06", nid: "\(60_000_000 + $0)")
        }
        let command = Command.registerHousehold(
            RegistryFixture.household(in: fixture.registry.collines[1], members: members))

        #expect(await fixture.fate(of: command, by: fixture.watching) == "registry.input.invalid")
    }
}
