import Documents
import Foundation
import Groundwork
import Profiles
import Registry
import TestKit
import Testing

@testable import Intake

@Suite struct `Looking at the columns of a file` {
    private static let profile: Profile? = try? Profile.load(RegistryFixture.root + "/profiles/burundi")

    private func look(_ text: String, pieces: Int = 1, isMapped: Bool = true) throws -> FileProfile {
        let profile = try #require(Self.profile)
        let mapping = try FileMapping(try #require(profile.mappings["plain"]), dictionary: profile.dictionary)
        var profiler = FileProfiler(mapping: isMapped ? mapping : nil, dictionary: profile.dictionary)
        let bytes = Array(text.utf8)
        let size = max(1, bytes.count / pieces)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try profiler.feed(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return try profiler.finish()
    }

    private func column(_ name: String, of profile: FileProfile) throws -> FileProfile.Column {
        try #require(profile.columns.first { $0.name == name })
    }

    private static func rows(_ count: Int, _ row: (Int) -> String) -> String {
        (0..<count).map { row($0) + "\n" }.joined()
    }

    @Test func `counts what is filled, and knows numbers, days and texts`() throws {
        let text =
            "household_key,given_name,birth_date,rooms,age,comment\n"
            + Self.rows(100) {
                "H\($0),Aline,19\(10 + $0 % 80)-05-17,\($0 % 4),\($0 == 7 ? "" : "3\($0 % 10)"),\($0 % 2 == 0 ? "good" : "poor")"
            }

        let found = try look(text, pieces: 7)

        #expect(found.rows == 100)
        #expect(found.missing.contains("person_key"))
        #expect(try column("age", of: found).empty == 1)
        #expect(try column("age", of: found).filled == 99)
        #expect(try column("rooms", of: found).kind == .integer)
        #expect(try column("rooms", of: found).range?.most == "3")
        #expect(try column("birth_date", of: found).kind == .date)
        #expect(try column("comment", of: found).top.map(\.value) == ["good", "poor"])
        #expect(try column("comment", of: found).attribute == nil)
        #expect(try column("household_key", of: found).distinct == 100)
    }

    @Test func `never shows values of personal columns, nor rare ones`() throws {
        let text =
            "household_key,given_name,birth_date,identifiers,phones,sex,nickname,remark\n"
            + Self.rows(200) {
                "H\($0),Espérance,1984-07-02,NID:53101029\($0),7912\($0),\($0 < 3 ? "odd" : "female"),Nick\($0),\($0 == 0 ? "rare" : "usual")"
            }

        let found = try look(text)

        let shown = found.json.text
        for secret in ["Espérance", "1984-07-02", "NID:53101029", "7912", "Nick1", "odd", "rare"] {
            #expect(!shown.contains(secret), "\(secret)")
        }
        #expect(try column("given_name", of: found).isMasked)
        #expect(try column("given_name", of: found).patterns.map(\.pattern) == ["Aa"])
        #expect(try column("nickname", of: found).isMasked)
        #expect(try column("sex", of: found).top.map(\.value) == ["female"])
        #expect(try column("remark", of: found).top.map(\.count) == [199])
    }

    @Test func `takes an unknown column for personal when its header sounds so`() throws {
        let text = "Nom du chef,prenom,colour\n" + Self.rows(100) { "Niyonzima,Aline,\($0 % 2 == 0 ? "red" : "blue")" }

        let found = try look(text, isMapped: false)

        #expect(found.columns.map(\.isMasked) == [true, true, false])
        #expect(!found.json.text.contains("Niyonzima"))
    }

    @Test func `knows the columns that a layout computes from`() async throws {
        let profile = try #require(Self.profile)
        let mapping = try FileMapping(try #require(profile.mappings["openimis"]), dictionary: profile.dictionary)
        let folder = try ScratchFolder()
        let path = folder.path + "/in.csv"
        let text = "first_name;last_name;dob;group_code\n" + Self.rows(50) { _ in "Aline;Niyonzima;1990-05-17;G1" }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))

        let found = try await FileProfiler.profile(path: path, mapping: mapping, dictionary: profile.dictionary)

        #expect(found.rows == 50)
        #expect(found.separator == ";")
        #expect(!found.json.text.contains("Niyonzima"))
        #expect(!found.json.text.contains("1990"))
        #expect(try column("last_name", of: found).attribute == "family_name")
        #expect(try column("last_name", of: found).isMasked)
    }

    @Test func `finds numbers far from the rest`() throws {
        let text = "rooms\n" + Self.rows(500) { "\($0 == 250 ? 4000 : 2 + $0 % 5)" }

        let found = try column("rooms", of: try look(text))

        #expect(found.outliers == ["4000"])
    }

    @Test func `estimates how many values differ in bounded memory`() throws {
        let text = "code\n" + Self.rows(20_000) { "K\($0)" }

        let found = try column("code", of: try look(text, pieces: 30))

        #expect(!found.isDistinctExact)
        #expect((19_000...21_000).contains(found.distinct))
        #expect(found.patterns.first?.count ?? 0 > 0)
        #expect(found.isMasked)
    }

    @Test func `reads any usual separator and counts broken rows`() throws {
        let found = try look("a;b\n1;2\n3\n4;5;6\n7;8\n", isMapped: false)

        #expect(found.separator == ";")
        #expect(found.rows == 4)
        #expect(found.brokenRows == 2)
        #expect(found.missing == [])
    }

    @Test func `refuses what is no table`() throws {
        #expect(throws: IntakeFault.self) { try look("PK\u{3}\u{4}\u{0}\u{0}\u{0}") }
        #expect(throws: IntakeFault.self) { try look("") }
    }

    @Test func `counts the frequent exactly while they are few, and never too high`() {
        var items = FrequentItems(capacity: 3)
        for item in ["a", "a", "b", "c", "a", "d", "a", "e"] { items.add(item) }

        #expect(!items.isExact)
        #expect(items.top(1).first?.item == "a")
        #expect((2...4).contains(items.top(1).first?.count ?? 0))
    }
}
