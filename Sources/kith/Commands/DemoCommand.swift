import Demo
import Documents
import Foundation
import Groundwork
import Runtime

extension Command {
    static let demo: Command = Command(
        "demo", "makes the CSV files of an invented registry, with its truth",
        explanation: """
            Writes registry.csv in the plain layout, truth.csv (who is who) and manifest.json (what to expect) into a folder.
            The same seed, number and day give the same files. About 7 in 100 rows double somebody, and 1 household in 100
            has a row broken on purpose; in another layout (--layout) none is broken. Nobody in it exists.
            """,
        options: [
            Option("households", "N", "how many, 1 to 10,000,000 (5000)"),
            Option("seed", "S", "which registry of all possible ones (1)"),
            Option("layout", "CODE", "another layout for registry.csv, from the profile's folder demo (plain)"),
            Option("out", "DIR", "the folder, made if it is missing (demo)"),
            Option("today", "DATE", "the day of the newest visits, YYYY-MM-DD (today)"),
        ],
        settings: ["profile"],
        examples: [
            Example("kith demo --households 20000 --seed 7 --out /tmp/demo", "the same 20,000 households every time"),
            Example("kith import /tmp/demo/registry.csv --source demo", "and into the registry"),
            Example(
                "kith demo --layout merankabandi --out /tmp/former", "the same people as a former system writes them"),
            Example("kith demo --layout former --out /tmp/former", "five files, to be imported in their order"),
        ],
        exits: [.refused, .file],
        run: { invocation in
            let ground = try Ground(invocation)
            let households = try invocation.integer("households", in: 1...10_000_000) ?? 5000
            let seed = try invocation.integer("seed", in: 0...Int.max) ?? 1
            var today = try SystemClock(zone: zone(ground)).today
            if let text = invocation.option("today") {
                guard let day = CalendarDate(text) else {
                    throw RoofFault.usage("--today takes a date such as 2026-07-01, not “\(text)”.")
                }
                today = day
            }
            let folder = Ground.absolute(invocation.option("out") ?? "demo")
            let layout = invocation.option("layout").flatMap { $0 == "plain" ? nil : $0 }
            let manifest = try DemoPopulation(households: households, seed: seed, today: today, layout: layout)
                .write(to: folder, from: ground)
            let files = try layout.map { try DemoForm.load($0, folder: ground.profileFolder).files } ?? ["registry.csv"]
            invocation.console.result(
                """
                \(folder)/\(files.joined(separator: ", ")): \(Grouped.count(manifest.rows, "person", "people"))
                to be accepted: \(Grouped.count(manifest.households, "household")), \
                \(Grouped.count(manifest.people, "person", "people"))
                to be quarantined: \(Grouped.count(manifest.quarantined, "row")) of \
                \(Grouped.count(manifest.brokenHouseholds, "household"))
                """, manifest.json.object ?? [:])
            return .ok
        })

    private static func zone(_ ground: Ground) throws -> TimeZone {
        guard let bytes = try Files.read(ground.profileFolder + "/profile.json") else {
            throw RoofFault.notProfileFolder(ground.profileFolder)
        }
        return (try? JSON.parse(bytes))?["time_zone"]?.string.flatMap(TimeZone.init(identifier:)) ?? .gmt
    }
}

/// Which invented registry.
struct DemoPopulation: Sendable {
    var households: Int
    var seed: Int
    var today: CalendarDate
    /// Code of another layout than the plain one.
    var layout: String?

    /// Writes the files, showing how far it has come.
    func write(to folder: String, from ground: Ground) throws -> DemoManifest {
        let source = try DemoSource.load(folder: ground.profileFolder)
        let generator = try DemoGenerator(
            source: source, seed: UInt64(seed), households: households, today: today)
        let bar = ground.console.progress("making", total: households, unit: "households")
        defer { bar.finish() }
        var written = 0
        let form = try layout.map { code throws(DemoFault) in
            try DemoForm.load(code, folder: ground.profileFolder)
        }
        return try generator.write(to: folder, form: form) { done in
            bar.advance(by: done - written)
            written = done
        }
    }
}
