import Documents
import Foundation
import Groundwork
import Postgres
import TestKit
import Testing

@testable import kith

@Suite(.serialized) struct `Scoring by commands` {
    @Test(.emptyDatabase) func `leads a formula into force, explains and simulates, as the manual says`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 60).exit == .ok)
        let formula = RegistryFixture.root + "/profiles/burundi/demo/pmt/demonstration.json"

        let submitted = try await roof.run("pmt", "submit", formula, json: true)
        #expect(submitted.exit == .ok, "\(submitted.notes)")
        let unsigned = try await roof.run("pmt", "activate", "demonstration", "1")
        #expect(unsigned.exit == .refused && unsigned.notes.contains("nobody has signed so far"))
        let author = try await roof.run("pmt", "sign", "demonstration", "1", "--as", "reviewer")
        #expect(author.exit == .refused)
        for signer in ["signer-1", "signer-2"] {
            #expect(try await roof.run("pmt", "sign", "demonstration", "1", "--as", signer).exit == .ok)
        }
        let run = try await roof.run("pmt", "run", "demonstration", "1", json: true)
        #expect(run.exit == .ok, "\(run.notes)")
        let report = try JSON.parse(run.output)
        #expect(report["state"] == "done" && (report["scored"]?.int ?? 0) > 20, "\(run.output)")
        let told = try await roof.run("pmt", "show", "demonstration", "1", "--as", "signer-1")
        #expect(told.output.contains("submitted") && told.output.contains("tenths of the scores: "), "\(told.notes)")
        let active = try await roof.run("pmt", "activate", "demonstration", "1")
        #expect(active.exit == .ok && active.output.contains("tenths of the scores: "), "\(active.notes)")
        #expect(try await roof.run("pmt", "list").output.contains("demonstration 1  active"))

        let scored = try await roof.text(
            """
            SELECT h.social_id FROM targeting.score_in_force AS s JOIN registry.household AS h ON h.id = s.household_id
            WHERE s.score IS NOT NULL LIMIT 1
            """)
        let why = try await roof.run("pmt", "explain", scored, "--language", "fra")
        #expect(why.exit == .ok && why.output.contains("Âge du chef"), "\(why.notes)")
        let simulated = try await roof.run(
            "pmt", "simulate", "demonstration", "--coverage", "0.2", "--level", "1", "--benefit", "30000")
        #expect(simulated.exit == .ok && simulated.output.contains("cost"), "\(simulated.notes)")
        let nothing = try await roof.run("pmt", "simulate", "demonstration")
        #expect(nothing.exit == .refused || nothing.exit == .usage)
        let unknown = try await roof.run("pmt", "explain", "000000000000")
        #expect(unknown.exit == .refused)
        let short = try await roof.run("pmt", "retire", "demonstration", "1", "--reason", "over")
        #expect(short.exit == .refused && short.notes.contains("at least 20 letters"))
        let asked = try await roof.run(
            "pmt", "retire", "demonstration", "1", "--reason", "Another formula takes its place.")
        #expect(asked.exit == .ok && asked.output.contains("retirement asked for by clerk"), "\(asked.notes)")
        #expect(try await roof.run("pmt", "list").output.contains("demonstration 1  active"))
        let gone = try await roof.run("pmt", "sign", "demonstration", "1", "--retirement", "--as", "signer-2")
        #expect(gone.exit == .ok && gone.output.contains("demonstration 1  retired"), "\(gone.notes)")
    }

    @Test func `judges choices on a labelled survey, with intervals`() async throws {
        let place = try TemporaryFolder()
        let survey = place.folder.path + "/survey.csv"
        var lines = ["head_age,size,consumption,village"]
        for number in 0..<200 {
            lines.append("\(20 + number % 60),\(1 + number % 8),\(100 + (number * 37) % 400),v\(number / 10)")
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: survey))
        let formula = place.folder.path + "/formula.json"
        let document: JSON = [
            "kind": "proxy_means_test", "code": "trial", "version": 1, "title": ["eng": "Trial"], "source": "A test.",
            "valid_from": "2026-01-01", "poorer": "lower",
            "inputs": [
                ["name": "head_age", "type": "number", "unit": "year"],
                ["name": "size", "type": "number", "unit": "person"],
            ],
            "strata": [
                [
                    "code": "all", "intercept": "5",
                    "terms": [
                        ["name": "age", "kind": "linear", "of": "head_age", "weight": "0.01"],
                        ["name": "size", "kind": "linear", "of": "size", "weight": "-0.1"],
                    ],
                ]
            ],
            "output": ["multiply": "1", "places": 6, "rounding": "half_up"],
        ]
        try Data(document.serialized()).write(to: URL(filePath: formula))
        let (output, notes) = (try Paper(), try Paper())

        let exit = await Program.run(
            [
                "pmt", "simulate", "--survey", survey, "--formula", formula, "--outcome", "ln(consumption)",
                "--population",
                "size", "--cluster", "village", "--coverage", "0.2,0.4", "--cut-off", "5", "--draws", "50", "--json",
            ], environment: [:], output: output.terminal, notes: notes.terminal)

        #expect(exit == .ok, "\(notes.text)")
        let answer = try JSON.parse(output.text)
        let choices = try #require(answer["choices"]?.array)
        #expect(choices.map { $0["choice"]?.string } == ["coverage", "coverage", "cut_off"])
        for choice in choices {
            let error = try #require(choice["exclusion"]?.string.flatMap { Double($0) })
            let range = choice["exclusion_95"]?.array?.compactMap { $0.string.flatMap { Double($0) } } ?? []
            #expect(range.count == 2 && range[0] <= range[1] && error >= 0 && error <= 1)
            let shares = choice["incidence_by_decile"]?.array?.compactMap { $0.string.flatMap { Double($0) } } ?? []
            #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
        }

        func judged(_ weights: String) async throws -> (exit: ExitCode, output: String, notes: String) {
            let (output, notes) = (try Paper(), try Paper())
            let exit = await Program.run(
                [
                    "pmt", "simulate", "--survey", survey, "--formula", formula, "--outcome", "ln(consumption)",
                    "--weights", weights, "--coverage", "0.2", "--draws", "0", "--json",
                ], environment: [:], output: output.terminal, notes: notes.terminal)
            return (exit, output.text, notes.text)
        }
        let (light, heavy) = (try await judged("head_age"), try await judged("consumption"))
        #expect(light.exit == .ok && heavy.exit == .ok && light.output != heavy.output)
        let unknown = try await judged("nothing")
        #expect(unknown.exit != .ok && unknown.notes.contains("nothing"))
    }
}
