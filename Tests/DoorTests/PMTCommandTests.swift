import Documents
import Foundation
import TestKit
import Testing

@testable import kith

/// Runs the program in process, with a folder and without a database.
private struct Desk {
    let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    var data: DataFolder { place.folder }

    func run(_ arguments: String..., json: Bool = false) async throws -> Ended {
        try await run(arguments, json: json)
    }

    func run(_ arguments: [String], json: Bool = false) async throws -> Ended {
        let (output, notes) = (try Paper(), try Paper())
        let exit = await Program.run(
            arguments + ["--log-level", "error"] + (json ? ["--json"] : []), environment: [:], output: output.terminal,
            notes: notes.terminal)
        return Ended(exit: exit, output: output.text, notes: notes.text)
    }
}

@Suite struct `Scoring at a desk` {
    private let formula = RegistryFixture.root + "/profiles/burundi/pmt/merankabandi.json"
    private let golden = RegistryFixture.root + "/Tests/Fixtures/pmt/burundi_golden.ndjson"

    @Test func `answers each row in order, with its stratum and every score`() async throws {
        let ended = try await Desk().run("pmt", "score", "--formula", formula, "--input", golden, json: true)

        let answer = try JSON.parse(ended.output)
        let rows = try #require(answer["rows"]?.array)
        #expect(ended.exit == .ok, "\(ended.notes)")
        #expect(rows.count == 1500)
        #expect(rows[0]["row"] == 1 && rows[0]["score"] == "9753" && rows[0]["stratum"] == "rural")
        #expect(rows[0]["strata"]?["urban"]?["sum"] == "9.733625")
        #expect(answer["binding"] == "merankabandi_file")
        #expect(answer["summary"]?["missing"]?["toilet_not_flush"]?["declared_points"] == 386)
    }

    @Test func `tells of each row that cannot be scored why`() async throws {
        let roof = try Desk()
        let input = roof.data.path + "/rows.csv"
        try Data("head_age,size\n40,0\n".utf8).write(to: URL(filePath: input))

        let ended = try await roof.run("pmt", "score", "--formula", formula, "--input", input)

        #expect(ended.exit == .refused)
        #expect(ended.output.contains("1  unscorable: residence is not answered; ask for it."))
    }

    @Test func `names every household whose former score differs, and why`() async throws {
        let ended = try await Desk().run("pmt", "migration", "--formula", formula, "--input", golden, json: true)

        let answer = try JSON.parse(ended.output)
        #expect(ended.exit == .ok)
        #expect(answer["summary"]?["reasons"] == ["binary_floats": 212])
        #expect(answer["rows"]?.array?.count == answer["summary"]?["households_that_differ"]?.int)
    }

    @Test func `fits a survey, and refuses one whose columns depend on one another`() async throws {
        let roof = try Desk()
        let survey = roof.data.path + "/survey.csv"
        var lines = ["id,village,spend,rooms,radio,rooms_twice"]
        for index in 0..<200 {
            let (rooms, radio) = (1 + index % 5, index % 3 == 0 ? 1 : 0)
            let wobble = index * 7919 % 101 - 50
            lines.append(
                "\(index),v\(index / 10),\(100 + 20 * rooms + 50 * radio + wobble),\(rooms),\(radio),\(2 * rooms)")
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: survey))
        let draft = roof.data.path + "/draft.json"
        let words = ["pmt", "fit", "--survey", survey, "--outcome", "ln(spend)", "--cluster", "village"]

        let done = try await roof.run(words + ["--features", "rooms,radio", "--draft", draft], json: true)
        let refused = try await roof.run(words + ["--leave-out", "id"])
        let scored = try await roof.run("pmt", "score", "--formula", draft, "--input", survey, json: true)

        #expect(done.exit == .ok, "\(done.notes)")
        let rSquared = try #require(
            try JSON.parse(done.output)["out_of_fold"]?["R2_w"]?.number.flatMap { Double($0.text) })
        #expect(rSquared > 0.4 && rSquared < 1)
        #expect(refused.exit == .refused)
        #expect(refused.notes.contains("rooms") && refused.notes.contains("rooms_twice"))
        #expect(try JSON.parse(scored.output)["summary"]?["scored"] == 200)
    }

    @Test func `refuses a formula with a mistake at its place`() async throws {
        let roof = try Desk()
        let path = roof.data.path + "/formula.json"
        let text = try String(contentsOfFile: formula, encoding: .utf8)
        try Data(text.replacing("\"of\": \"lighting\"", with: "\"of\": \"lightning\"").utf8).write(
            to: URL(filePath: path))

        let ended = try await roof.run("pmt", "check", path)

        #expect(ended.exit == .refused)
        #expect(ended.notes.contains("strata[0].terms[6]"))
        #expect(ended.notes.contains("scorecards.unknown_input"))
    }
}
