import Documents
import Foundation
import Groundwork
import Linkage
import Profiles
import TestKit
import Testing
import Trials

@Suite struct `A trial on plain files` {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "kith-trial-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    private func mapping(_ text: String) throws -> TrialMapping { try TrialMapping(json: try JSON.parse(text)) }

    private func read(_ text: String) throws -> Trial {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Trial.read(folder, mapping: try mapping(text), keys: TrialTables.plain.keys)
    }

    private static let columns = """
        "columns": {"id": "id", "given": "first", "family": "last", "birth": "born", "identifiers": {"N": "card"}}
        """

    @Test func `finds the doubles of a list and tells its truth apart from its columns`() async throws {
        var rows = "id,first,last,born,card\n"
        var persons = "id,who\n"
        for number in 0..<300 {
            let word = String(number * 7919 % 4096 + 4096, radix: 4).map {
                "aeio"[String.Index(utf16Offset: $0.hexDigitValue ?? 0, in: "aeio")]
            }
            let name = "Ba\(String(word.prefix(3)))n Do\(String(word.suffix(4)))ra"
            let parts = name.split(separator: " ")
            let born = "\(12 + number % 15)/0\(2 + number % 7)/\(1950 + number % 60)"
            rows += "r\(number),\(parts[0]),\(parts[1]),\(born),\(100_000 + number * 37)\n"
            persons += "r\(number),p\(number)\n"
            if number % 3 == 0 {
                rows +=
                    "d\(number),\(parts[0])s,\(parts[1]),\(born),\(number % 2 == 0 ? "\(100_000 + number * 37)" : "")\n"
                persons += "d\(number),p\(number)\n"
            }
        }
        try write(rows, to: "list.csv")
        try write(persons, to: "who.csv")
        let trial = try read(
            """
            {"files": ["list.csv"], \(Self.columns), "birth_order": "dmy",
             "truth": {"file": "who.csv", "record": "id", "person": "who"}}
            """)

        let report = trial.report(await trial.run(.init(workers: 2)))
        #expect(report.allTruePairs == 100)
        #expect(report.measures.best.f1 > 0.95)
        #expect(report.blockingRecall > 0.95)
        #expect(report.json["true_pairs"]?.int == 100)
        #expect(report.lines.contains { $0.hasPrefix("pairs at the best threshold") })
    }

    @Test func `reads the truth from pairs, and from part of a column`() throws {
        try write("id,first,last,born,card\nrec-1-a,A,B,,\nrec-1-b,A,C,,\nrec-2-a,D,E,,\n", to: "list.csv")
        try write("x,y\nrec-1-a,rec-2-a\n", to: "pairs.csv")
        let byPairs = try Trial.read(
            folder,
            mapping: try mapping(
                """
                {"files": ["list.csv"], \(Self.columns), "truth": {"file": "pairs.csv", "left": "x", "right": "y"}}
                """), keys: TrialTables.plain.keys)
        let byColumn = try read(
            """
            {"files": ["list.csv"], \(Self.columns), "truth": {"column": "id", "separator": "-", "part": 1}}
            """)

        #expect(byPairs.truth.isTrue(0, 2))
        #expect(!byPairs.truth.isTrue(0, 1))
        #expect(byColumn.truth.isTrue(0, 1))
        #expect(byColumn.truth.pairCount == 1)
    }

    @Test func `between two lists looks for no pair within one`() async throws {
        try write(
            "id,first,last,born,card\na-1,Aline,Kaneza,1990-05-06,12345\na-2,Aline,Kaneza,1990-05-06,12345\n",
            to: "a.csv")
        try write("id,first,last,born,card\nb-1,Aline,Kaneza,1990-05-06,12345\n", to: "b.csv")
        let trial = try read(
            """
            {"files": ["a.csv", "b.csv"], "compare": "between", \(Self.columns),
             "truth": {"column": "id", "separator": "-", "part": 1}}
            """)

        let result = await trial.run(.init(workers: 1))
        #expect(trial.truth.pairCount == 1)
        #expect(result.outcome.pairs.allSatisfy { $0.a < 2 && $0.b == 2 })
    }

    @Test(arguments: [
        ("id,first,last,born\n", "trial.column.missing"),
        ("id,first,last,born,card\nr1,A,B,,\nr1,C,D,,\n", "trial.record.twice"),
        ("id,first,last,born,card\n", "trial.empty"), ("id,first,last,born,card\nr1,\"A,B,,\n", "trial.file.malformed"),
    ])
    func `names file and line of what cannot be read`(text: String, code: String) throws {
        try write(text, to: "list.csv")

        let fault = #expect(throws: TrialFault.self) {
            try read("{\"files\": [\"list.csv\"], \(Self.columns), \"truth\": {\"column\": \"id\"}}")
        }
        #expect(fault?.code == code)
        #expect(fault?.summary.contains("list.csv") == true || code == "trial.empty")
    }

    @Test func `refuses a mapping that says too little, with all its mistakes`() {
        let fault = #expect(throws: InvalidInput.self) { try mapping("{\"files\": [], \"columns\": {}}") }

        let paths = (fault?.findings ?? []).map(\.path.description)
        #expect(Set(paths).isSuperset(of: ["/columns/id", "/columns/given", "/truth", "/files"]))
    }
}

@Suite struct `Models and mappings of the profiles` {
    @Test func `fit their schema`() throws {
        #expect(try Profile.check(RegistryFixture.root + "/profiles/trials").isEmpty)
    }

    @Test(arguments: ["burundi", "uganda"]) func `are read, and hold every field`(name: String) throws {
        let model = try #require(try TrialTables.load(RegistryFixture.root + "/profiles/" + name).model)

        #expect(Set(model.fields.keys) == Set(MatchField.allCases))
        for field in model.fields.values {
            for kind in MatchModel.Class.allCases { #expect(abs(field[kind].reduce(0, +) - 1) < 0.01) }
        }
    }

    @Test func `are found by name, or by the files of the folder`() throws {
        let known = RegistryFixture.root + "/profiles/trials"

        #expect(try TrialMapping.find("febrl4", for: "nowhere", in: known).isBetween)
        #expect(throws: TrialFault.self) { try TrialMapping.find(nil, for: "nowhere", in: known) }
    }
}
