import Access
import Documents
import Foundation
import Groundwork
import Postgres
import Runtime
import TestKit
import Testing

@testable import kith

/// The lines of docs/targeting.md, as somebody types them.
@Suite(.serialized) struct `The walk through a targeting round` {
    @Test(.emptyDatabase) func `runs as the page says, on the demo registry`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 80).exit == .ok)
        let walk = try Walk(roof)
        try await walk.prepare()

        var ran = 0
        for line in try Walk.lines() {
            if line.contains(" quotas ") { try await walk.settleQuotas() }
            if line.contains(" decide ") {
                try await walk.decide()
                try await walk.expectMinutesFirst(line)
            }
            let ended = try await roof.run(try walk.words(line))
            #expect(ended.exit == .ok, "\(line)\n\(ended.notes)")
            ran += 1
        }

        #expect(ran == 21)
        let candidates = try String(contentsOfFile: walk.file("candidates.csv"), encoding: .utf8)
        #expect(candidates.split(separator: "\n").count == 1 + 4)
        #expect(!candidates.contains(walk.objected))
        let lists = try FileManager.default.contentsOfDirectory(atPath: walk.file("lists"))
        #expect(lists.count == 1)
        let list = try Data(contentsOf: URL(fileURLWithPath: walk.file("lists") + "/" + lists[0]))
        #expect(list.starts(with: Array("%PDF-".utf8)))
        let sessions = try await Scratch.database.read(
            as: Mandate(actor: ActorID(), purpose: .operation), once: ["SELECT id FROM targeting.session"])
        #expect(sessions[0].count == 1)
        let session = try sessions[0][0].get(0, as: UUID.self).uuidString.lowercased()
        let added = try await roof.run("round", "minutes", "tranche-1", session, walk.file("minutes.pdf"), json: true)
        #expect(try JSON.parse(added.output)["minutes"]?.array?.count == 2, "\(added.notes)")
        let shown = try await roof.run("round", "show", "tranche-1", json: true)
        #expect(try JSON.parse(shown.output)["state"]?.string == "closed")
    }

    @Test(.emptyDatabase) func `refuses what is wrong, and says where`() async throws {
        let roof = try Roof()
        #expect(try await roof.up(households: 0).exit == .ok)

        let rule = try await roof.run("rule", "check", "--rule", "siz > 3")
        #expect(rule.exit == .refused && rule.output.contains("line 1, column 1"))
        let none = try await roof.run("round", "rank", "nothing")
        #expect(none.exit == .refused && none.notes.contains("No round has this code"))
        #expect(try await roof.run("round", "dance", "x").exit == .usage)
        #expect(try await roof.run("round", "quotas", "x").exit == .usage)
        let formula = try await roof.run(
            "round", "create", "r", "--title", "R", "--programme", "p", "--formula", "none")
        #expect(formula.exit == .refused && formula.notes.contains("No active formula"))
        #expect(try await roof.run("round", "list").exit == .ok)
        #expect(try await roof.run("rule", "list").exit == .ok)
    }
}

/// The files and names that the page speaks of.
private final class Walk {
    private let roof: Roof
    private(set) var area = ""
    private(set) var objected = ""

    init(_ roof: Roof) throws {
        self.roof = roof
    }

    func file(_ name: String) -> String { roof.data.path + "/" + name }

    static func lines() throws -> [String] {
        let page = try String(contentsOfFile: RegistryFixture.root + "/docs/targeting.md", encoding: .utf8)
        let parts = page.components(separatedBy: "walk-through: every line below is run by a test -->")
        let block = parts[1].components(separatedBy: "<!-- end of the walk-through")[0]
        return block.split(separator: "\n").map(String.init).filter { $0.hasPrefix("kith ") }
    }

    /// The words of a line, quotes and variables resolved, files in the test's own folder.
    func words(_ line: String) throws -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for character in line.dropFirst("kith ".count) + " " {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        return words.enumerated().map { place, word in
            switch word {
            case "$AREA": area
            case "$TODAY": SystemClock(zone: TimeZone(identifier: "Africa/Bujumbura") ?? .gmt).today.description
            case "$OBJECTED": objected
            case "lists" where place > 1: file(word)
            case _ where word.hasPrefix("profiles/"): RegistryFixture.root + "/" + word
            case _ where [".json", ".csv", ".pdf"].contains { word.hasSuffix($0) }: file(word)
            default: word
            }
        }
    }

    /// The province in which most households have a score.
    func settleQuotas() async throws {
        let rows = try await Scratch.database.read(
            as: Mandate(actor: ActorID(), purpose: .operation),
            once: [
                """
                SELECT a.code FROM registry.area AS a
                JOIN registry.geography AS g ON g.id = a.geography_id AND g.code = 'bi-2023'
                JOIN registry.household AS h ON h.area_order BETWEEN a.preorder AND a.last_preorder
                JOIN targeting.score_in_force AS s ON s.household_id = h.id AND s.score IS NOT NULL
                WHERE a.level = 1 GROUP BY a.code ORDER BY count(*) DESC LIMIT 1
                """
            ])
        area = try rows[0][0].get(0)
        try Files.write(
            Array("colline_code,quota,reserve,collect_multiplier\n\(area),4,6,2\n".utf8), to: file("quotas.csv"))
    }

    /// The files of the page.
    func prepare() async throws {
        let page = try String(contentsOfFile: RegistryFixture.root + "/docs/targeting.md", encoding: .utf8)
        let parts = page.components(separatedBy: "```json\n")[1].components(separatedBy: "```")[0]
        try Files.write(Array(parts.utf8), to: file("parts.json"))
        try Files.write(Array("%PDF-1.4\nminutes\n%%EOF\n".utf8), to: file("minutes.pdf"))
    }

    /// Minutes of another type are refused before the session is recorded.
    func expectMinutesFirst(_ line: String) async throws {
        try Files.write(Array("notes".utf8), to: file("notes.txt"))
        let words = try words(line).map { $0.hasSuffix("minutes.pdf") ? file("notes.txt") : $0 }
        let ended = try await roof.run(words)
        #expect(ended.exit != .ok && ended.notes.contains("minutes are PDF"), "\(ended.notes)")
    }

    /// What the community objects to: one of those chosen.
    func decide() async throws {
        let chosen = file("chosen.csv")
        _ = try await roof.run("round", "households", "tranche-1", "--state", "selected", "--out", chosen)
        let lines = try String(contentsOfFile: chosen, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 5)
        objected = String(lines[1].split(separator: ",")[0])
        try Files.write(
            Array("household,decision,reason\n\(objected),objected,not_resident\n".utf8), to: file("decisions.csv"))
    }
}
