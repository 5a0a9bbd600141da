import Documents
import Foundation
import Groundwork
import Testing

@testable import Demo

/// A folder of its own for one test, removed afterwards.
struct ScratchFolder: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "kith-intake-" + UUID().lowercased
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func rows(_ file: String) throws -> [CSVRow] {
        CSVReader.rows(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + file))))
    }
}

enum Samples {
    /// The profile of Burundi in the checkout.
    static let profileFolder: String =
        URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        + "/profiles/burundi"
    static let today: CalendarDate = CalendarDate(year: 2026, month: 3, day: 2) ?? .earliest

    static func demo(
        _ households: Int, seed: UInt64 = 7, broken: Double = 0.05, in folder: String
    ) throws -> DemoManifest {
        try DemoGenerator(
            source: DemoSource.load(folder: profileFolder), seed: seed, households: households, today: today,
            brokenShare: broken
        ).write(to: folder)
    }
}

@Suite struct `A demo registry` {
    @Test func `the same seed gives the same files and another seed others`() throws {
        let first = try ScratchFolder()
        let second = try ScratchFolder()
        let third = try ScratchFolder()

        _ = try Samples.demo(150, in: first.path)
        _ = try Samples.demo(150, in: second.path)
        _ = try Samples.demo(150, seed: 8, in: third.path)

        for file in ["registry.csv", "truth.csv", "manifest.json"] {
            let one = try Data(contentsOf: URL(fileURLWithPath: first.path + "/" + file))
            let two = try Data(contentsOf: URL(fileURLWithPath: second.path + "/" + file))
            let other = try Data(contentsOf: URL(fileURLWithPath: third.path + "/" + file))
            #expect(one == two)
            #expect(one != other)
        }
    }

    @Test func `the manifest counts what the files hold`() throws {
        let folder = try ScratchFolder()

        let manifest = try Samples.demo(800, in: folder.path)

        let rows = try folder.rows("registry.csv")
        let truth = try folder.rows("truth.csv").dropFirst()
        #expect(rows.count - 1 == manifest.rows)
        #expect(truth.count == manifest.rows)
        #expect(truth.count { $0[4] == "1" } == manifest.people)
        #expect(Set(truth.filter { $0[4] == "1" }.map { $0[2] }).count == manifest.households)
        #expect(manifest.rows == manifest.people + manifest.quarantined)
        #expect(manifest.households + manifest.brokenHouseholds == 800)
        for kind in DuplicateKind.allCases {
            #expect(truth.count { $0[4] == "1" && $0[3] == kind.rawValue } == manifest.duplicates[kind])
        }
        let lines = manifest.broken.flatMap { $0.lines + $0.companions }
        #expect(Set(lines).count == lines.count)
    }

    @Test func `shares of sizes, duplicates and names are those of a country`() throws {
        let folder = try ScratchFolder()

        let manifest = try Samples.demo(3_000, broken: 0.01, in: folder.path)

        let rows = Array(try folder.rows("registry.csv").dropFirst())
        let perHousehold = Double(manifest.people) / Double(manifest.households)
        #expect((4.2...5.2).contains(perHousehold))
        let doubles = Double(manifest.duplicates.values.reduce(0, +)) / Double(manifest.people)
        #expect((0.055...0.085).contains(doubles))
        let withoutBirth = rows.count { $0[7].isEmpty && $0[9].isEmpty }
        #expect((0.02...0.08).contains(Double(withoutBirth) / Double(rows.count)))
        let withCard = rows.count { $0[13].contains("NID:") }
        #expect((0.12...0.35).contains(Double(withCard) / Double(rows.count)))
        let families = Dictionary(rows.map { ($0[4].lowercased(), 1) }, uniquingKeysWith: +)
        #expect(families.count > 150)
    }
}
