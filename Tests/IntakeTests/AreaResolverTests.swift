import Groundwork
import Linkage
import Registry
import Testing

@testable import Intake

@Suite struct `A cell that names an area` {
    /// Former communes and the division in force, of one country.
    private static let index: AreaIndex = {
        func area(
            _ id: Int, _ geography: String, _ code: String, _ name: String, _ level: Int, _ parent: Int?,
            _ range: ClosedRange<Int>
        ) -> Area {
            Area(
                id: id, geography: geography, code: code, name: name, level: level,
                levelName: ["country", "province", "commune"][level], parent: parent, preorder: range.lowerBound,
                lastPreorder: range.upperBound)
        }
        let areas = [
            area(1, "old", "O", "Land", 0, nil, 1...5), area(2, "old", "A", "Alpha", 1, 1, 2...5),
            area(3, "old", "A1", "Abura", 2, 2, 3...3), area(4, "old", "A2", "Akiba", 2, 2, 4...4),
            area(5, "old", "A3", "Ampara", 2, 2, 5...5), area(11, "new", "N", "Land", 0, nil, 101...104),
            area(12, "new", "P", "Papa", 1, 11, 102...104), area(13, "new", "P1", "Abura", 2, 12, 103...103),
            area(14, "new", "P2", "Nakiba", 2, 12, 104...104),
        ]
        func line(_ from: String, _ to: String, _ relation: CrosswalkRelation, _ confidence: CrosswalkConfidence)
            -> CrosswalkLine
        {
            CrosswalkLine(
                from: from, to: to, relation: relation, confidence: confidence, rule: "stated", evidence: "test")
        }
        return AreaIndex(
            areas: areas, names: areas.map { ($0.id, NameNormaliser().normalised($0.name)) }, current: "new",
            crosswalks: [
                Crosswalk(
                    from: "old", to: "new",
                    lines: [line("A1", "P1", .merge, .likely), line("A2", "P2", .rename, .certain)])
            ])
    }()

    private func resolver() -> AreaResolver { AreaResolver(index: Self.index, names: NameNormaliser()) }

    private func found(_ text: String, _ resolver: AreaResolver) -> String {
        if case .found(let area) = resolver.area(text, field: "area") { area.reference } else { "-" }
    }

    @Test func `of a former division becomes the same place where that is certain`() {
        let resolver = resolver()

        #expect(found("old:A2", resolver) == "new:P2")
        #expect(found("Alpha / Akiba", resolver) == "new:P2")
        #expect(found("Akiba", resolver) == "new:P2")
        #expect(resolver.kept.isEmpty)
    }

    @Test func `of a former division is kept as stated otherwise, with a suggestion`() {
        let resolver = resolver()

        #expect(found("old / Alpha / Abura", resolver) == "old:A1")
        #expect(found("Alpha / Abura", resolver) == "old:A1")
        #expect(found("Ampara", resolver) == "old:A3")
        #expect(resolver.kept["old:A1"]?.code == "area.former")
        #expect(resolver.kept["old:A1"]?.remedy.contains("P1 Papa / Abura, which is likely") == true)
        #expect(resolver.kept["old:A3"]?.remedy.contains("Nothing tells") == true)
        #expect(resolver.kept.count == 2)
    }

    @Test func `of the division in force is taken first, and a path may begin with its division`() {
        let resolver = resolver()

        #expect(found("Abura", resolver) == "new:P1")
        #expect(found("new/Abura", resolver) == "new:P1")
        #expect(found("old/Abura", resolver) == "old:A1")
        #expect(found("old/Nakiba", resolver) == "-")
    }
}
