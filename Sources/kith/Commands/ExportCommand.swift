import Audit
import Access
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import RegistryAPI
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
            Option(
                "content", "KIND",
                "one kind alone, nobody left out: people, households, participation or history"),
            Option("households", nil, "with ndjson: households with their members, instead of people"),
            Option(
                "filter", "FILE", "only whom the filter of this JSON file means, written as for POST /api/v1/search"),
            Option("subject", "KIND", "whom the filter is about: people or households (people)"),
            Option(
                "source", "NAME", "with csv: the keys of this source, so that it can send the file again as its own"),
            Option(
                "for-spreadsheet", nil,
                "with csv: an apostrophe before cells that a spreadsheet would run as formulas; kith import takes it off"
            ),
            Option("as", "NAME", "the actor in whose name, who needs the scope export.read (signer-1)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example("kith export > registry.csv", "everybody, in the plain layout"),
            Example("kith export --filter women.json > women.csv", "the households of a cohort"),
            Example("kith export --content participation > participation.csv", "what programmes reported"),
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
            let isForSpreadsheet = invocation.has("for-spreadsheet")
            if form != .csv, isForSpreadsheet {
                throw RoofFault.usage("Spreadsheets read CSV; --for-spreadsheet goes with --format csv.")
            }
            let code = invocation.option("area")
            let cohort = try CohortFile(invocation)
            let source = invocation.option("source")
            let content = try Self.content(invocation)
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
                var request = ExportRequest(
                    form: form, content: content, area: area, chosen: try cohort?.chosen(house), source: source)
                request.isForSpreadsheet = isForSpreadsheet
                let record = ReleaseRecord(house, principal, operation: "kith export")
                let lines = try await house.exporter.export(
                    request, as: Mandate(actor: principal.actor, purpose: .operation), record: record,
                    showing: console)
                console.note("exported \(Grouped.count(lines, "line"))")
                return ExitCode.ok
            } ?? .tryAgain
        })

    /// One kind alone, or households of NDJSON; nil for the standard of the format.
    private static func content(_ invocation: Invocation) throws(RoofFault) -> ExportRequest.Content? {
        let households: ExportRequest.Content? = invocation.has("households") ? .households : nil
        guard let word = invocation.option("content") else { return households }
        guard households == nil, let kind = ExportRequest.Content(rawValue: word) else {
            throw .usage("--content takes people, households, participation or history alone.")
        }
        return kind
    }
}

extension Exporter {
    /// Writes to standard output and shows on a terminal how far it has come.
    fileprivate func export(
        _ request: ExportRequest, as mandate: Mandate, record: ReleaseRecord, showing console: Console
    ) async throws -> Int {
        let bar = console.progress("exporting", total: nil, unit: "lines")
        let shown = Mutex(0)
        let broken = Mutex<RoofFault?>(nil)
        defer { bar.finish() }
        do {
            return try await export(
                request, as: mandate,
                progress: { lines in
                    let more = shown.withLock { shown in
                        defer { shown = lines }
                        return lines - shown
                    }
                    bar.advance(by: more)
                },
                telling: { record.disclosed.note($0, fields: ["export." + request.content.rawValue]) },
                to: { bytes in
                    try await record.release(bytes)
                    guard !Files.writeAll(bytes, to: STDOUT_FILENO) else { return }
                    let fault = RoofFault.fileUnwritable("standard output", reason: Files.systemReason())
                    broken.withLock { $0 = fault }
                    throw fault
                })
        } catch {
            // The room knows no faults of the roof; what went wrong with standard output is told as that.
            if let fault = broken.withLock({ $0 }) { throw fault }
            throw error
        }
    }
}

/// A filter in a file, read before the database is opened.
private struct CohortFile: Sendable {
    let filter: JSON
    let subject: SubjectKind

    /// Nil when no filter was given.
    init?(_ invocation: Invocation) throws {
        let word = invocation.option("subject") ?? "people"
        guard let content = ExportRequest.Content(rawValue: word), [.people, .households].contains(content) else {
            throw RoofFault.usage("--subject takes people or households, not “\(word)”.")
        }
        guard let file = invocation.option("filter") else {
            guard invocation.option("subject") == nil else {
                throw RoofFault.usage("--subject says whom --filter is about; give both.")
            }
            return nil
        }
        let path = Ground.absolute(file)
        guard let bytes = try Files.read(path) else {
            throw RoofFault.fileUnreadable(path, reason: "it is not there, or this user may not read it")
        }
        filter = try JSON.parse(bytes)
        subject = content == .people ? .person : .household
    }

    func chosen(_ house: House) throws -> ExportRequest.Chosen {
        var findings: [Finding] = []
        guard
            let query = FilterLanguage.read(filter, of: subject, context: house.context, findings: &findings)
        else { throw InvalidInput(findings, code: "export.filter") }
        return ExportRequest.Chosen(subject, query, today: house.clock.today)
    }
}
