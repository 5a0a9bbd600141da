import Access
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import Runtime
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

extension Command {
    static let export: Command = Command(
        "export", "writes people or households to standard output",
        explanation: """
            Everything is read on one snapshot, while others go on working. CSV is the plain layout, one line for each person,
            and can be imported again; NDJSON has one object a line. Identifiers and phones stand in it in full: keep the
            file as you keep the database. Send standard output into a file; a summary goes to standard error.
            """,
        options: [
            Option("format", "FORM", "csv or ndjson (csv)"),
            Option("area", "CODE", "only this area and below it"),
            Option("households", nil, "with ndjson: households with their members, instead of people"),
            Option("as", "NAME", "the actor in whose name, who needs the scope export.read (signer-1)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith export > registry.csv", "everybody, in the plain layout"),
            Example("kith export --format ndjson --households --area BI01 > area.ndjson", "one province"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            guard !invocation.has("json") else {
                throw RoofFault.usage("kith export writes data to standard output; use --format ndjson for JSON.")
            }
            let name = invocation.option("format") ?? "csv"
            guard let form = ExportRequest.Form(rawValue: name) else {
                throw RoofFault.usage("--format takes csv or ndjson, not “\(name)”.")
            }
            if form == .csv, invocation.has("households") {
                throw RoofFault.usage("The plain layout holds both; --households goes with --format ndjson.")
            }
            let code = invocation.option("area")
            let content: ExportRequest.Content = invocation.has("households") ? .households : .people
            let actor = invocation.option("as") ?? "signer-1"
            let console = invocation.console
            let ground = try Ground(invocation)
            return try await Store.withHouse(ground, purpose: "kith export") { house in
                var area: Area?
                if let code {
                    area = house.context.areas.index.area(code)
                    guard area != nil else { throw RegistryFault.areaNotFound }
                }
                let principal = try await house.principal(actor, needs: "export.read")
                let lines = try await house.exporter.export(
                    ExportRequest(form: form, content: content, area: area),
                    as: Mandate(actor: principal.actor, purpose: .operation), showing: console)
                console.note("exported \(Grouped.count(lines, "line"))")
                return ExitCode.ok
            } ?? .tryAgain
        })
}

extension Exporter {
    /// Writes to standard output and shows on a terminal how far it has come.
    fileprivate func export(
        _ request: ExportRequest, as mandate: Mandate, showing console: Console
    ) async throws -> Int {
        let bar = console.progress("exporting", total: nil, unit: "lines")
        let shown = Mutex(0)
        defer { bar.finish() }
        return try await export(
            request, as: mandate,
            progress: { lines in
                let more = shown.withLock { shown in
                    defer { shown = lines }
                    return lines - shown
                }
                bar.advance(by: more)
            },
            to: { bytes in
                guard Files.writeAll(bytes, to: STDOUT_FILENO) else {
                    throw RoofFault.fileUnwritable("standard output", reason: Files.systemReason())
                }
            })
    }
}
