import Foundation
import Groundwork
import Postgres
import Registry
import TestKit
import Testing

@testable import Profiles

@Suite struct `Reading areas by either division` {
    private static let old = CrosswalkGround.division(
        "old",
        """
        O Land
          A Alpha
            A1 Abura
            A2 Akiba
          B Beta
            B1 Bokoro
        """)
    private static let new = CrosswalkGround.division(
        "new",
        """
        N Land
          P Papa
            P1 One
              P11 North
              P12 South
              P13 East
            P2 Two
        """)

    private static func line(
        _ from: String, _ to: String, _ relation: CrosswalkRelation, _ confidence: CrosswalkConfidence
    ) -> CrosswalkLine {
        CrosswalkLine(
            from: from, to: to, relation: relation, confidence: confidence, rule: relation.rawValue, evidence: "test")
    }

    private static let index = CrosswalkGround.index(
        [old, new],
        [
            Crosswalk(
                from: "old", to: "new",
                lines: [
                    line("O", "N", .same, .certain), line("A1", "P11", .split, .possible),
                    line("A", "P11", .split, .likely),
                    line("A2", "P12", .split, .certain), line("A", "P13", .split, .unresolved),
                    line("B", "P2", .same, .certain), line("A1", "P1", .merge, .likely), line("A", "P", .part, .likely),
                ])
        ])

    private func area(_ reference: String) throws -> Area { try #require(Self.index.area(reference)) }
    private func read(
        _ reference: String, _ level: Int, _ least: CrosswalkConfidence = .possible
    ) throws -> String {
        let area = try area(reference)
        let other = area.geography == "old" ? "new" : "old"
        let reading = Self.index.reading(of: area, in: other, level: level, atLeast: least)
        return "\(reading.area?.code ?? "-") \(reading.confidence.rawValue)"
    }

    @Test func `the surest line that reaches the level is taken`() throws {
        #expect(try read("new:P11", 1) == "A likely")
        #expect(try read("new:P11", 2) == "A1 possible")
        #expect(try read("new:P11", 2, .likely) == "- unresolved")
        #expect(try read("new:P12", 1) == "A certain")
        #expect(try read("new:P12", 2) == "A2 certain")
        #expect(try read("new:P13", 1) == "- unresolved")
        #expect(try read("new:P13", 0) == "O certain")
        #expect(try read("new:P2", 1) == "B certain")
        #expect(try read("new:P2", 2) == "- unresolved")
        #expect(try read("old:B1", 2) == "P2 certain")
        #expect(try read("old:A1", 2) == "P1 likely")
        #expect(try read("old:A2", 1) == "- unresolved")
    }

    @Test func `an area of a division takes in whatever reads as it, as far as asked`() throws {
        let (p11, p12, a) = (try area("new:P11"), try area("new:P12"), try area("old:A"))

        #expect(Self.index.ranges(of: a, atLeast: .certain) == [a.range, p12.range])
        #expect(
            Self.index.ranges(of: a, atLeast: .likely).flatMap { Array($0) } == Array(a.range) + [
                p11.preorder, p12.preorder,
            ])
        #expect(Self.index.leftOut(of: a, atLeast: .likely).map(\.code) == ["P13"])
        #expect(Self.index.leftOut(of: a, atLeast: .certain).map(\.code) == ["P11", "P13"])
        #expect(Self.index.ranges(of: try area("new:P1"), atLeast: .likely).contains(try area("old:A1").range))
    }

    @Test func `a certain way there and back is identity`() throws {
        for seed in UInt64(1)...300 {
            var random = SeededGenerator(seed: seed)
            let relations: [CrosswalkRelation] = [.same, .rename, .split, .merge]
            var lines: [CrosswalkLine] = []
            let check = CrosswalkCheck(from: Self.old, to: Self.new)
            for _ in 0..<12 {
                guard let from = Self.old.entries.randomElement(using: &random),
                    let to = Self.new.entries.randomElement(using: &random),
                    let relation = relations.randomElement(using: &random)
                else { continue }
                let next = lines + [Self.line(from.code, to.code, relation, .certain)]
                // Only what the check lets through counts.
                if check.findings(next.map { ("t", $0) }).isEmpty { lines = next }
            }
            let index = CrosswalkGround.index([Self.old, Self.new], [Crosswalk(from: "old", to: "new", lines: lines)])

            for area in index.areas {
                let other = area.geography == "old" ? "new" : "old"
                if let same = index.equal(to: area, in: other) {
                    #expect(index.equal(to: same, in: area.geography) == area, "seed \(seed)")
                }
                for (level, _) in index.levels(of: other) {
                    let there = index.reading(of: area, in: other, level: level, atLeast: .certain)
                    guard let found = there.area else { continue }
                    for (own, _) in index.levels(of: area.geography) where own <= area.level {
                        let back = index.reading(of: found, in: area.geography, level: own, atLeast: .certain)
                        guard let home = back.area else { continue }
                        #expect(
                            home.range.contains(area.preorder), "seed \(seed): \(area.code) \(found.code) \(home.code)")
                    }
                }
            }
        }
    }

    @Test(.scratchDatabase) func `the database reads as the memory does`() async throws {
        let fixture = try await RegistryFixture.make()
        let index = fixture.context.areas.index

        for geography in ["bi-2023", "bi-former"] {
            for (level, _) in index.levels(of: geography) {
                let rows = try await fixture.rows(
                    """
                    SELECT a.id, v.area_id, v.confidence
                    FROM registry.area AS a
                    LEFT JOIN LATERAL (\(fragment: AreaReadings.segment(of: "a.preorder", in: geography, level: level))) AS v
                        ON v.last_order >= a.preorder
                    """)
                #expect(rows.count == index.areas.count)
                for row in rows {
                    let area = try #require(index[Int(try row.get(0, as: Int32.self))])
                    let reading = index.reading(of: area, in: geography, level: level)
                    #expect(try row.get(1, as: Int32?.self).map(Int.init) == reading.area?.id, "\(area.reference)")
                    #expect(try row.get(2, as: String?.self) ?? "unresolved" == reading.confidence.rawValue)
                }
            }
        }
    }

    @Test(.scratchDatabase) func `the former province of Burundi's areas is told, or said to be open`() async throws {
        let index = try await RegistryFixture.make().context.areas.index
        func province(_ code: String) throws -> String {
            let area = try #require(index.area(code))
            let reading = index.reading(of: area, in: "bi-former", level: 1)
            return "\(reading.area?.name ?? "-") \(reading.confidence.rawValue)"
        }

        #expect(try province("BI03030701") == "Bururi certain")  // a colline of zone Matana
        #expect(try province("BI0302") == "Makamba likely")
        #expect(try province("BI020801") == "Rumonge likely")  // Bugarama, of the two of that name
        #expect(try province("BI02100401") == "- unresolved")  // Gatumba, between the city and its surroundings
        #expect(try province("BI02") == "- unresolved")
        let counts = Dictionary(
            grouping: index.areas.filter { $0.geography == "bi-2023" && $0.levelName == "zone" },
            by: { index.reading(of: $0, in: "bi-former", level: 1).confidence }
        ).mapValues(\.count)
        #expect(counts.values.reduce(0, +) == 451)
        #expect(counts[.unresolved] == 12)
    }

    @Test(.scratchDatabase) func `a country without a crosswalk reads its own areas alone`() async throws {
        let index = try await RegistryFixture.make(profile: "uganda").context.areas.index
        let deepest = try #require(index.areas.max { $0.level < $1.level })

        #expect(index.crosswalks.isEmpty)
        #expect(index.readings(of: deepest, in: "ug-2020").last?.reading.area == deepest)
    }

    @Test(.scratchDatabase) func `households are read together, and one on a day of the past`() async throws {
        let fixture = try await RegistryFixture.make()
        let index = fixture.context.areas.index
        let (matana, gatumba) = (try #require(index.area("BI03030701")), try #require(index.area("BI02100401")))
        let former = try #require(index.area("bi-former:BF1101"))
        var ids: [ID<Household>] = []
        for area in [matana, gatumba, former] {
            let draft = RegistryFixture.household(in: area, members: [RegistryFixture.person()])
            let outcome = try await fixture.perform(
                .registerHousehold(draft), on: try #require(CalendarDate("2026-03-01")))
            ids += outcome.households
        }
        try await fixture.perform(
            .moveHousehold(ids[0], area: gatumba.reference, address: nil), on: try #require(CalendarDate("2026-09-01")))

        let readings = try await fixture.database.read(as: fixture.mandate) { tx in
            try await AreaReadings.now(of: ids, in: "bi-former", level: 1, index, in: tx)
        }
        #expect(readings[ids[0]] == .unresolved)
        #expect(readings[ids[1]] == .unresolved)
        #expect(readings[ids[2]]?.area?.name == "Makamba")
        #expect(readings[ids[2]]?.rule == "own")

        let past = try await fixture.database.read(as: fixture.mandate) { tx in
            try await AreaReadings.on(
                try #require(CalendarDate("2026-06-01")), of: ids[0], in: "bi-former", level: 1,
                History(context: fixture.context), in: tx)
        }
        #expect(past?.area?.name == "Bururi")
        #expect(past?.confidence == .certain)
    }
}
