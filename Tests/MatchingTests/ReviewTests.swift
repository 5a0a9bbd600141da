import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Registry
import Synchronization
import TestKit
import Testing

@Suite struct `Clerical review away from the system` {
    @Test(.scratchDatabase) func `the queue goes out as a file and its decisions come back`() async throws {
        let fixture = try await MatchingFixture.make()
        _ = try await fixture.train()
        let lines = try await fixture.exported()
        let header = lines[0]
        #expect(lines.count > 10)
        let place = Dictionary(header.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        func cell(_ line: Int, _ name: String) -> String { lines[line][place[name] ?? 0] }
        let sum = header.filter { $0.hasPrefix("bits_") }.compactMap { Decimal(string: cell(1, $0)) }.reduce(0, +)
        #expect(sum == Decimal(string: cell(1, "bits")))
        #expect(!cell(1, "a_family_name").isEmpty && cell(1, "decision").isEmpty)
        // Nobody's number stands there in full.
        #expect(!lines.joined().contains { $0.contains("100000") && $0.contains("NID") })

        // Meanwhile one pair is decided, and somebody of another changes.
        let meanwhile = try #require(UUID(uuidString: cell(3, "pair")))
        _ = try await fixture.decide(meanwhile, .different)
        let changed = try #require(UUID(uuidString: cell(4, "b_id")))
        try await fixture.registry.perform(
            .updatePerson(ID(changed), claims: ["maiden_name": "Kaneza"], contacts: Contacts()))
        let report = try await fixture.imported(
            lines, ["same", "DIFFERENT", "same", "different", "maybe", "", "unsure"], reason: "seen on paper")

        #expect(report.decided == [.same: 1, .different: 1, .unsure: 1])
        #expect(report.refusals.map(\.code).sorted() == ["review.decided", "review.decision_unknown", "review.stale"])
        #expect(report.refusals.map(\.line).sorted() == [4, 5, 6])
        let queue = MatchQueue(registrar: fixture.registry.registrar)
        let found = try await fixture.registry.database.read(as: fixture.registry.mandate) { tx in
            try await queue.find(try #require(UUID(uuidString: cell(1, "pair"))), in: tx)
        }
        #expect(found.pair.state == .same && found.decisions.map(\.reason) == ["seen on paper"])
        #expect(found.decisions.first?.proposal != nil)
        // The same file once more decides nothing.
        let again = try await fixture.imported(lines, ["same", "different"], reason: "seen on paper")
        #expect(again.decided.isEmpty && again.refusals.map(\.code) == ["review.decided", "review.decided"])
    }

    @Test(.scratchDatabase) func `a file of another shape is refused`() async throws {
        let fixture = try await MatchingFixture.make(households: 10, twins: 0)
        await #expect(throws: MatchingFault.self) { _ = try await fixture.imported([["pair", "decision"]], []) }
        await #expect(throws: MatchingFault.self) { _ = try await fixture.imported([], []) }
        let header = ["pair", "a_version", "b_version", "decision", "survivor", "reason"]
        let report = try await fixture.imported(
            [
                header, ["nonsense", "1", "1", "", "", ""], [UUID().lowercased, "1", "1", "", "c", ""],
                [UUID().lowercased, "1", "1", "", "", ""],
            ],
            ["same", "same", "same"])
        #expect(
            report.refusals.map(\.code).sorted()
                == ["review.pair_unknown", "review.pair_unknown", "review.survivor_unknown"])
    }
}

extension MatchingFixture {
    private var review: MatchReview {
        MatchReview(
            database: registry.database, matcher: matcher, queue: MatchQueue(registrar: registry.registrar),
            today: { RegistryFixture.today })
    }

    fileprivate func exported() async throws -> [[String]] {
        let bytes: Mutex<[UInt8]> = Mutex([])
        _ = try await review.export(band: nil, limit: 1000, as: registry.mandate) { part in
            bytes.withLock { $0 += part }
        }
        return CSVReader.rows(of: bytes.withLock { $0 }).map(\.texts)
    }

    /// Puts decisions into the lines after the header, one each, and reads them.
    fileprivate func imported(
        _ lines: [[String]], _ decisions: [String], reason: String = ""
    ) async throws -> ReviewReport {
        var writer = CSVWriter()
        let columns = lines.first ?? []
        for (number, line) in lines.enumerated() {
            var line = line
            if number > 0, number <= decisions.count {
                for (name, text) in [("decision", decisions[number - 1]), ("reason", reason)] {
                    if let place = columns.firstIndex(of: name) { line[place] = text }
                }
            }
            writer.row(line)
        }
        var parts: [[UInt8]] = [writer.bytes]
        return try await review.read({ parts.isEmpty ? nil : parts.removeFirst() }, as: registry.mandate)
    }
}
