import Foundation
import Groundwork
import Registry
import TestKit
import Testing

@testable import Profiles

@Suite struct `Loading a crosswalk` {
    private let old = CrosswalkGround.division(
        "old",
        """
        O Land
          A Alpha
            A1 Abura
            A2 Akiba
          B Beta
            B1 Bokoro
        """)
    private let new = CrosswalkGround.division(
        "new",
        """
        N Land
          P Papa
            P1 Abura
              P11 North
              P12 South
            P2 Bokoro
          Q Quebec
            Q1 Akiba
        """)

    private func codes(_ lines: [CrosswalkLine]) -> [String] {
        CrosswalkCheck(from: old, to: new).findings(
            lines.enumerated().map { (FieldPath(["t", "line \($0.offset + 2)"]), $0.element) }
        ).map(\.code)
    }

    private func line(
        _ from: String, _ to: String, _ relation: CrosswalkRelation, _ weight: Decimal? = nil,
        _ confidence: CrosswalkConfidence = .certain
    ) -> CrosswalkLine {
        CrosswalkLine(
            from: from, to: to, relation: relation, weight: weight, confidence: confidence, rule: "stated",
            evidence: "test")
    }

    @Test func `accepts lines that say one thing`() {
        let lines = [
            line("O", "N", .same, 1), line("A1", "P1", .same, 1), line("A2", "Q1", .rename), line("B1", "P2", .merge),
            line("A", "P", .part, 0.25), line("A", "Q", .part, 0.75),
        ]

        #expect(codes(lines) == [])
    }

    @Test func `refuses unknown codes, lines twice and a whole that weighs less`() {
        #expect(codes([line("A9", "P1", .merge)]) == ["crosswalk.area_unknown"])
        #expect(codes([line("A1", "P9", .merge)]) == ["crosswalk.area_unknown"])
        #expect(codes([line("A1", "P1", .split), line("A1", "P1", .part)]) == ["crosswalk.line_twice"])
        #expect(codes([line("A1", "P1", .merge, 0.5)]) == ["crosswalk.weight_whole"])
    }

    @Test func `refuses shares that do not make one where all are stated, or make more`() {
        #expect(codes([line("A1", "P11", .split, 0.5), line("A1", "P12", .split, 0.4)]) == ["crosswalk.weight_sum"])
        #expect(codes([line("A1", "P11", .split, 0.7), line("A1", "P12", .split, 0.4)]) == ["crosswalk.weight_sum"])
        #expect(codes([line("A1", "P11", .split, 0.7), line("A1", "P12", .split)]) == [])
        #expect(codes([line("A1", "P11", .split, 0.7), line("A1", "P12", .split, 0.3)]) == [])
        // Levels are counted apart: a commune and its zones are not added up.
        #expect(
            codes([line("A1", "P1", .split, 1), line("A1", "P11", .split, 0.5), line("A1", "P12", .split, 0.5)]) == [])
    }

    @Test func `refuses two certain lines about one area`() {
        #expect(codes([line("A1", "P11", .split), line("A2", "P11", .split)]).first == "crosswalk.certain_twice")
        #expect(codes([line("A1", "P1", .merge), line("A1", "P2", .merge)]).first == "crosswalk.certain_twice")
        #expect(codes([line("A1", "P11", .split), line("A2", "P11", .split, nil, .likely)]) == [])
    }

    @Test func `refuses certain lines by which an area would lie in itself, or in two of one level`() {
        #expect(codes([line("A1", "P1", .split), line("A1", "P11", .merge)]).contains("crosswalk.cycle"))
        #expect(codes([line("A1", "P11", .split), line("A1", "P2", .merge)]).contains("crosswalk.contradiction"))
        #expect(codes([line("A1", "P11", .split), line("A1", "P1", .merge)]) == [])
    }

    @Test func `refuses crosswalks that lead in a circle`() {
        let plans = [CrosswalkGround.plan("a", "b"), CrosswalkGround.plan("b", "c"), CrosswalkGround.plan("c", "a")]

        #expect(CrosswalkCheck.circles(plans).map(\.code) == ["crosswalk.cycle", "crosswalk.cycle", "crosswalk.cycle"])
        #expect(CrosswalkCheck.circles(Array(plans.prefix(2))).isEmpty)
        #expect(CrosswalkCheck.circles([CrosswalkGround.plan("a", "a")]).map(\.code) == ["crosswalk.cycle"])
    }

    @Test(arguments: [
        (["from": "", "to": "P1"], "crosswalk.area_missing"),
        (["from": "A1", "to": "P1", "relation": "moved"], "crosswalk.relation"),
        (["from": "A1", "to": "P1", "relation": "same", "confidence": "sure"], "crosswalk.confidence"),
        (["from": "A1", "to": "P1", "relation": "same"], "crosswalk.evidence_missing"),
        (["from": "A1", "to": "P1", "relation": "part", "weight": "1.5", "evidence": "x"], "crosswalk.weight"),
        (["from": "A1", "to": "P1", "relation": "part", "weight": "0", "evidence": "x"], "crosswalk.weight"),
        (["from": "A1", "to": "P1", "relation": "part", "weight": "0,5", "evidence": "x"], "crosswalk.weight"),
        (["from": "A1", "to": "P1", "relation": "part", "weight": "half", "evidence": "x"], "crosswalk.weight"),
    ])
    func `refuses a row that cannot be read`(row: [String: String], code: String) {
        #expect {
            try CrosswalkTable.line(row, stated: true)
        } throws: {
            ($0 as? RowMistake)?.code == code
        }
    }

    @Test func `takes a stated row for certain unless told, and keeps its share exact`() throws {
        let row = [
            "from": "A1", "to": "P1", "relation": "part", "weight": "0.333333333", "evidence": "Letter of the ministry",
        ]
        let line = try CrosswalkTable.line(row, stated: true)

        #expect(line.confidence == .certain)
        #expect(line.isStated)
        #expect(line.weight.map { "\($0)" } == "0.333333333")
    }

    @Test func `lets what an administration stated win over what was derived`() {
        func placed(_ lines: [CrosswalkLine]) -> [(place: FieldPath, line: CrosswalkLine)] { lines.map { ("t", $0) } }
        let derived = placed([
            line("A", "P", .merge, 1, .likely), line("A1", "P1", .merge, 1, .likely),
            line("A1", "P11", .split, nil, .likely),
            line("A", "P1", .split, nil, .likely), line("A", "P12", .split, nil, .unresolved),
        ])
        let overrides = CrosswalkOverrides(from: old, to: new)

        // The southern part came from another province: neither it nor the commune is wholly of the first.
        let part = overrides.merged(derived, with: placed([line("B1", "P12", .split)])).map(\.line)
        #expect(part.map { "\($0.from) \($0.to)" } == ["A P", "A1 P1", "A1 P11", "B1 P12"])

        // A commune that went elsewhere: its own line goes, and its province no longer went as a whole.
        let whole = overrides.merged(derived, with: placed([line("A1", "Q1", .merge, 1)])).map(\.line)
        #expect(whole.map { "\($0.from) \($0.to)" } == ["A P1", "A P12", "A1 Q1"])
    }

    @Test func `names file and line of every mistake`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kith-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: RegistryFixture.root + "/profiles/burundi"), to: folder)
        let overrides = folder.appendingPathComponent("areas/crosswalks/bi-former--bi-2023-overrides.csv")
        let text = """
            from,to,relation,weight,confidence,evidence
            BF0201,BI0206,merge,,,A letter
            BF9901,BI0206,merge,,,A letter
            BF0307,BI0206,swallowed,,,A letter

            """
        try Data(text.utf8).write(to: overrides)

        do {
            _ = try Profile.load(folder.path)
            Issue.record("the profile was accepted")
        } catch {
            guard case .invalid(let findings) = error else { throw error }
            #expect(
                findings.map { "\($0.path.steps[1]) \($0.code)" }.sorted() == [
                    "line 3 crosswalk.area_unknown", "line 4 crosswalk.relation",
                ])
        }
        try Data(text.split(separator: "\n").prefix(2).joined(separator: "\n").utf8).write(to: overrides)
        let profile = try Profile.load(folder.path)
        let line = profile.crosswalks[0].lines.first { $0.from == "BF0201" && $0.to == "BI0206" }
        #expect(line?.isStated == true)
        #expect(line?.confidence == .certain)
    }
}
