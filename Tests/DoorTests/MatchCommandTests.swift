import Documents
import Foundation
import TestKit
import Testing

@testable import kith

@Suite struct `Matching with a list of somebody else` {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func path(_ name: String) -> String { place.folder.path + "/" + name }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path(name)))
    }

    private func run(_ arguments: String...) async throws -> Ended {
        let (output, notes) = (try Paper(), try Paper())
        let exit = await Program.run(
            arguments + ["--log-level", "error"], environment: [:], output: output.terminal, notes: notes.terminal)
        return Ended(exit: exit, output: output.text, notes: notes.text)
    }

    private func encode(_ name: String, key: String = "key", purpose: String = "test", _ more: String...) async throws
        -> Ended
    {
        let (output, notes) = (try Paper(), try Paper())
        let exit = await Program.run(
            [
                "match", "encode", path(name + ".csv"), "--key", path(key), "--purpose", purpose, "--out",
                path(name + ".clk"), "--log-level", "error",
            ] + more, environment: [:], output: output.terminal, notes: notes.terminal)
        return Ended(exit: exit, output: output.text, notes: notes.text)
    }

    @Test func `finds who stands on both lists without a name in the files`() async throws {
        try Data((0..<32).map { UInt8($0) }).write(to: URL(filePath: path("key")))
        try write(
            """
            id,given_name,family_name,birth_date,sex
            a1,Aline Goreth,Niyonzima,1984-07-02,female
            a2,Pascal,Bukuru,1990-03-14,male
            a3,Spès,Hakizimana,1975-11-30,female
            """, to: "ours.csv")
        try write(
            """
            NO,PRENOM,NOM,DATE,CNI
            b1,Aline,NIYONZIMA,1984-07-02,12/345
            b2,Zénobie,Vyukusenge,1966-01-17,
            """, to: "theirs.csv")

        let mine = try await encode("ours")
        let theirs = try await encode("theirs", "--columns", "id=NO,given=PRENOM,family=NOM,born=DATE,NID=CNI")
        #expect(mine.exit == .ok && theirs.exit == .ok, "\(mine.notes) \(theirs.notes)")
        let ended = try await run(
            "match", "compare", path("ours.clk"), path("theirs.clk"), "--out", path("pairs.csv"), "--least", "5500")

        #expect(ended.exit == .ok, "\(ended.notes)")
        let pairs = CSVReader.rows(of: [UInt8](try Data(contentsOf: URL(filePath: path("pairs.csv"))))).map(\.texts)
        #expect(pairs.dropFirst().map { Array($0.prefix(2)) } == [["a1", "b1"]])
        let encoded = try String(contentsOfFile: path("theirs.clk"), encoding: .utf8)
        #expect(!encoded.contains("NIYONZIMA") && !encoded.contains("12345"))
    }

    @Test func `refuses what was not made alike, and says why`() async throws {
        try Data((0..<32).map { UInt8($0) }).write(to: URL(filePath: path("key")))
        try Data((0..<32).map { UInt8($0 + 1) }).write(to: URL(filePath: path("foreign")))
        try Data([1, 2, 3]).write(to: URL(filePath: path("short")))
        try write("id,family_name\n1,Ciza\n", to: "one.csv")
        try write("id,family_name\n1,Ciza\n", to: "two.csv")
        try write("id,surname\n1,Ciza\n", to: "three.csv")

        #expect(try await encode("one").exit == .ok)
        #expect(try await encode("two", key: "foreign").exit == .ok)
        let unlike = try await run("match", "compare", path("one.clk"), path("two.clk"))
        #expect(unlike.exit != .ok && unlike.notes.contains("Line 2"), "\(unlike.notes)")
        let short = try await encode("one", key: "short")
        #expect(short.exit != .ok && short.notes.contains("32 bytes"))
        let missing = try await encode("three")
        #expect(missing.exit != .ok && missing.notes.contains("family_name"), "\(missing.notes)")
        let plain = try await run("match", "compare", path("one.csv"), path("two.clk"))
        #expect(plain.exit != .ok && plain.notes.contains("id, clk, tokens, scheme"))
        #expect(try await run("match", "encode", path("one.csv"), "--purpose", "x").exit == .usage)
        #expect(try await run("match", "review").exit == .usage)
        #expect(try await run("match", "findings", "--kind", "nothing").exit == .usage)
    }
}
