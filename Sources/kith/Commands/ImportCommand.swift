import Access
import Documents
import Foundation
import Groundwork
import Intake
import Registry
import Runtime

extension Command {
    static let imports: Command = Command(
        "import", "takes a CSV or XLSX file of any layout into the registry",
        forms: ["FILE --source NAME", "inspect FILE", "undo BATCH", "abandon BATCH", "list"], words: 1...2,
        explanation: """
            Reads the file by a layout of the profile (--mapping; the plain one where none is named), checks every line, and
            applies whole households. A household with a bad line goes to quarantine whole; everything else is registered,
            updated, or left alone where it says nothing new. An import that was stopped goes on where it stopped when the
            same file comes again. `inspect` tells what the columns of a file hold, without names and numbers of anybody.
            `undo` takes back what a batch did, `abandon` gives up an unfinished one, `list` shows the newest.
            """,
        options: [
            Option("source", "NAME", "who states what the file says; with the row's key it names a person for ever"),
            Option("mapping", "CODE", "the layout, a file of the profile's mappings (plain)"),
            Option("set", "NAME=VALUE", "what the layout must be told beside the file; several with commas between"),
            Option("encoding", "NAME", "utf-8, utf-16le, utf-16be, latin1, windows-1252, where the guess is wrong"),
            Option("separator", "SIGN", "comma, semicolon, tab, pipe or a sign, where the guess is wrong"),
            Option("sheet", "NAME", "the sheet of a workbook that has several"),
            Option("dry-run", nil, "check everything and apply nothing; show what was detected"),
            Option("quarantine", "FILE", "write the lines held back, with reasons, to be mended and sent again"),
            Option("resume", nil, "only go on with an import that was stopped; refuse to begin one"),
            Option("as", "NAME", "the actor in whose name, who needs the scope import.write (clerk)"),
        ],
        settings: ["database.url", "data", "profile", "key.file"],
        examples: [
            Example(
                "kith import families.csv --source census --dry-run --quarantine bad.csv", "what would be held back"),
            Example("kith import families.csv --source census --quarantine bad.csv", "apply the rest"),
            Example("kith import inspect groups.csv --mapping openimis", "what its columns hold"),
            Example(
                "kith import groups.xlsx --source mis --mapping openimis --set observed_on=2026-01-31", "another layout"
            ),
            Example("kith import undo 0197f2…", "take it all back"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let ground = try Ground(invocation)
            let work = try ImportWork(invocation)
            return try await Store.withHouse(ground, purpose: "kith import") { house in
                try await work.run(on: house)
            } ?? .tryAgain
        })
}

/// One call of `kith import`, understood before the database is opened.
private struct ImportWork: Sendable {
    enum Task: Sendable {
        case file(ImportRequest, resumes: Bool)
        case undo(UUID)
        case abandon(UUID)
        case list
        case inspect(String, mapping: String?)
    }

    let task: Task
    let actor: String
    let console: Console

    init(_ invocation: Invocation) throws {
        console = invocation.console
        actor = invocation.option("as") ?? "clerk"
        let words = invocation.words
        switch (words[0], words.dropFirst().first) {
        case ("list", nil): task = .list
        case ("inspect", let file?): task = .inspect(Ground.absolute(file), mapping: invocation.option("mapping"))
        case ("undo", let id?): task = .undo(try Self.batch(id))
        case ("abandon", let id?): task = .abandon(try Self.batch(id))
        case (let file, nil):
            guard !["undo", "abandon", "inspect"].contains(file) else {
                throw RoofFault.usage("kith import \(file): which?")
            }
            let path = Ground.absolute(file)
            guard FileManager.default.isReadableFile(atPath: path) else {
                throw RoofFault.fileUnreadable(path, reason: "it is not there, or this user may not read it")
            }
            let request = ImportRequest(
                path: path, source: try invocation.required("source", "a name for whoever states this, e.g. census"),
                isDryRun: invocation.has("dry-run"),
                quarantineFile: invocation.option("quarantine").map(Ground.absolute),
                mapping: invocation.option("mapping"), parameters: try Self.parameters(invocation),
                encoding: try Self.encoding(invocation), separator: try Self.separator(invocation),
                sheet: invocation.option("sheet"))
            task = .file(request, resumes: invocation.has("resume"))
        default: throw RoofFault.usage("kith import takes one file; “\(words[1])” is one word too many.")
        }
    }

    private static func parameters(_ invocation: Invocation) throws(RoofFault) -> [String: String] {
        var values: [String: String] = [:]
        for pair in (invocation.option("set") ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2 else { throw .usage("--set takes NAME=VALUE, not “\(pair)”.") }
            values[parts[0]] = parts[1]
        }
        return values
    }

    private static func encoding(_ invocation: Invocation) throws(RoofFault) -> TextEncoding? {
        guard let name = invocation.option("encoding") else { return nil }
        guard let encoding = TextEncoding(named: name) else {
            throw .usage("--encoding is utf-8, utf-16le, utf-16be, latin1 or windows-1252, not “\(name)”.")
        }
        return encoding
    }

    private static func separator(_ invocation: Invocation) throws(RoofFault) -> UInt8? {
        guard let word = invocation.option("separator") else { return nil }
        guard let separator = CSVShape.separator(named: word) else {
            throw .usage("--separator is comma, semicolon, tab, pipe or one sign, not “\(word)”.")
        }
        return separator
    }

    private static func batch(_ text: String) throws(RoofFault) -> UUID {
        guard let id = UUID(uuidString: text) else {
            throw .usage("A batch is named by its id, a UUID; not “\(text)”.")
        }
        return id
    }

    func run(on house: House) async throws -> ExitCode {
        let importer = try house.importer
        let mandate = Mandate(actor: try await house.principal(actor, needs: "import.write").actor, purpose: .import)
        switch task {
        case .file(let request, let resumes):
            if resumes {
                let known = try await importer.batches(as: mandate)
                guard known.contains(where: { $0.source == request.source && $0.state == "running" }) else {
                    throw RoofFault.missing(
                        "No import of the source \(request.source) was stopped; leave out --resume.")
                }
            }
            return try await take(request, with: importer, mandate)
        case .inspect(let path, let mapping):
            let found = try await FileProfiler.profile(
                path: path, mapping: try importer.layout(mapping), dictionary: house.context.dictionary)
            console.result(found.text, found.json.object ?? [:])
            return .ok
        case .undo(let id):
            return try await undo(id, with: importer, mandate)
        case .abandon(let id):
            try await importer.abandon(id, as: mandate)
            console.result("abandoned", ["batch": .string(id.lowercased), "abandoned": .bool(true)])
            return .ok
        case .list:
            let batches = try await importer.batches(as: mandate)
            console.result(
                batches.isEmpty ? "no imports yet" : batches.map(Self.line).joined(separator: "\n"),
                [
                    "batches": .array(
                        batches.map { batch in
                            [
                                "batch": .string(batch.id.lowercased), "state": .string(batch.state),
                                "source": .string(batch.source), "file": .string(batch.fileName),
                                "dry_run": .bool(batch.isDryRun), "started_at": .instant(batch.startedAt),
                                "rows": .number(JSONNumber(batch.counts.rowsRead)),
                                "quarantined": .number(JSONNumber(batch.counts.rowsQuarantined)),
                            ]
                        })
                ])
            return .ok
        }
    }

    private static func line(_ batch: ImportBatch) -> String {
        let held = batch.counts.rowsQuarantined
        return
            "\(batch.id.lowercased)  \(Instant.text(batch.startedAt).prefix(16))  \(batch.source)  \(batch.fileName): "
            + "\(batch.isDryRun ? "dry run " : "")\(batch.state), \(Grouped.count(batch.counts.rowsRead, "row"))"
            + (held > 0 ? ", \(Grouped.number(held)) held back" : "")
    }

    private func undo(_ id: UUID, with importer: Importer, _ mandate: Mandate) async throws -> ExitCode {
        let report = try await importer.undo(id, as: mandate)
        console.result(
            """
            undone: \(Grouped.count(report.householdsWithdrawn, "household")) and \
            \(Grouped.count(report.peopleWithdrawn, "person", "people")) withdrawn, \
            \(Grouped.count(report.householdsRestored, "household")) and \
            \(Grouped.count(report.peopleRestored, "person", "people")) as they were before
            kept because of later changes: \(Grouped.number(report.keptCount))\
            \(report.keptCount > 0 ? "; take those back first, then undo this import again" : "")
            """,
            [
                "batch": .string(report.batch.lowercased), "state": .string(report.state),
                "households_withdrawn": .number(JSONNumber(report.householdsWithdrawn)),
                "people_withdrawn": .number(JSONNumber(report.peopleWithdrawn)),
                "households_restored": .number(JSONNumber(report.householdsRestored)),
                "people_restored": .number(JSONNumber(report.peopleRestored)),
                "kept": .number(JSONNumber(report.keptCount)),
            ])
        return report.keptCount > 0 ? .refused : .ok
    }

    private func take(
        _ request: ImportRequest, with importer: Importer, _ mandate: Mandate
    ) async throws -> ExitCode {
        let report = try await importer.run(request, as: mandate, showing: console)
        console.result(report.text, report.object)
        return report.counts.rowsQuarantined > 0 ? .refused : .ok
    }
}
