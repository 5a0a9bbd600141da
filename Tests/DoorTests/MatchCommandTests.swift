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

    @Test func `tells what it cannot read of a list, and refuses a list of which it can read less than half`()
        async throws
    {
        try Data((0..<32).map { UInt8($0) }).write(to: URL(filePath: path("key")))
        try write(
            """
            id,family_name,birth_date,sex
            1,Ciza,12/04/1985,f
            2,Bukuru,1985-04-12,m
            3,Kabura,1990,?
            4,Minani,,f
            =1+1,Gahungu,1971,
            """, to: "some.csv")
        try write("id,family_name,birth_date\n1,Ciza,12/04/1985\n2,Bukuru,13/04/1985\n3,Minani,1985\n", to: "dates.csv")
        try write("id,family_name,sex\n1,Ciza,gabo\n2,Bukuru,gore\n3,Minani,f\n", to: "sexes.csv")

        let some = try await encode("some")
        #expect(some.exit == .ok, "\(some.notes)")
        #expect(some.notes.contains("1 date of birth of 4") && some.notes.contains("line 2"), "\(some.notes)")
        #expect(some.notes.contains("1 entry of sex of 4") && some.notes.contains("line 4"), "\(some.notes)")
        #expect(some.notes.contains("2 people have no year of birth"), "\(some.notes)")
        let dates = try await encode("dates")
        #expect(dates.exit == .refused && dates.notes.contains("2 of 3 dates of birth"), "\(dates.notes)")
        #expect(dates.notes.contains("line 2") && dates.notes.contains("1985-04-12"), "\(dates.notes)")
        #expect(try Data(contentsOf: URL(filePath: path("dates.clk"))).isEmpty)
        let sexes = try await encode("sexes")
        #expect(sexes.exit == .refused && sexes.notes.contains("2 of 3 entries of sex"), "\(sexes.notes)")

        func cells(_ name: String) throws -> [[String]] {
            CSVReader.rows(of: [UInt8](try Data(contentsOf: URL(filePath: path(name))))).map(\.texts)
        }
        #expect(try cells("some.clk").last?.first == "'=1+1")
        let ended = try await run("match", "compare", path("some.clk"), path("some.clk"), "--out", path("pairs.csv"))
        let pairs = try cells("pairs.csv")
        #expect(ended.exit == .ok && pairs.contains { $0.prefix(3) == ["'=1+1", "'=1+1", "10000"] }, "\(pairs)")
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
