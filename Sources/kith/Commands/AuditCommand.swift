import Access
import Audit
import Documents
import Foundation
import Groundwork
import Postgres
import Runtime

extension Command {
    static let audit: Command = Command(
        "audit", "verifies and lists the record of who saw and changed what",
        forms: ["verify", "list"], words: 1...1,
        explanation: """
            `verify` recomputes every code, every tree and the chain of blocks with the key of this installation, compares the
            blocks with the anchors outside the database, and names the first entry that was changed, taken away, added or
            moved. Without anchors a chain that was cut off at its end looks whole. `list` shows the latest entries.
            """,
        options: [
            Option("from", "TIME", "verify: only blocks sealed at or after this instant, e.g. 2026-11-01T00:00:00Z"),
            Option("to", "TIME", "verify: only blocks sealed before this instant"),
            Option("anchors", "PATH", "verify: a file or folder of anchors (audit-anchors in the data folder)"),
            Option("actor", "NAME", "list: only what this actor did"),
            Option("limit", "N", "list: at most so many, 1 to 1000 (20)"),
        ],
        settings: ["database.url", "data", "key.file"],
        examples: [
            Example("kith audit verify", "the whole record; ends with 1 when it is not as it was sealed"),
            Example("kith audit verify --anchors /mnt/court/audit-anchors", "against anchors kept by somebody else"),
            Example("kith audit list --actor partner --json", "what a partner asked, for programs"),
        ],
        exits: [.refused, .unavailable, .file, .tryAgain],
        run: { invocation in
            let console = invocation.console
            guard let verb = invocation.words.first, ["verify", "list"].contains(verb) else {
                throw RoofFault.usage("kith audit does one of: verify, list.")
            }
            let from = try instant("from", invocation)
            let to = try instant("to", invocation)
            let limit = try invocation.integer("limit", in: 1...1000) ?? 20
            let (actor, anchors) = (invocation.option("actor"), invocation.option("anchors").map(Ground.absolute))
            let ground = try Ground(invocation)
            return try await Store.with(ground, .visiting, purpose: "kith audit") { store in
                try await store.requireSchema()
                if verb == "list" { return try await list(actor, limit, store, console) }
                return try await verify(from, to, anchors: anchors, store, console)
            } ?? .tryAgain
        })

    private static func instant(_ name: String, _ invocation: Invocation) throws -> Date? {
        guard let text = invocation.option(name) else { return nil }
        guard let instant = RFC3339.instant(text) else {
            throw RoofFault.usage("--\(name) takes an instant such as 2026-11-01T00:00:00Z, not “\(text)”.")
        }
        return instant
    }

    private static func verify(
        _ from: Date?, _ to: Date?, anchors: String?, _ store: Store, _ console: Console
    ) async throws -> ExitCode {
        let keys = try await KeyCheck.open(store.ground.keyFile, for: store.database, mayMake: false)
        let standard = store.ground.data.anchors
        // A registry that never served has no folder of anchors, and no chain either; one that is named must be there.
        let path = anchors ?? (FileManager.default.fileExists(atPath: standard) ? standard : nil)
        let bar = console.progress("verifying", total: nil, unit: "entries")
        var shown = 0
        let report: AuditReport
        do {
            defer { bar.finish() }
            report = try await AuditVerifier(database: store.database, keys: keys).verify(
                from: from, to: to, anchors: try path.map { try AnchorReader($0) },
                progress: { count in
                    bar.advance(by: count - shown)
                    shown = count
                })
        }
        console.result(text(report, isAnchored: path != nil), object(report))
        return report.isWhole ? .ok : .refused
    }

    private static func text(_ report: AuditReport, isAnchored: Bool) -> String {
        let counts =
            "\(Grouped.count(report.entries, "entry", "entries")) about \(Grouped.count(report.subjects, "subject"))"
            + " in \(Grouped.count(report.blocks, "block")),"
            + " \(Grouped.count(report.anchors, "anchor")), \(Grouped.number(report.unsealed)) not sealed yet"
        var lines = report.breaks.map { "\($0.kind.rawValue): \($0.summary)" }
        if report.breakCount > report.breaks.count {
            lines.append("and \(Grouped.number(report.breakCount - report.breaks.count)) more")
        }
        lines.append(report.isWhole ? "whole: \(counts)" : "broken: \(counts)")
        if !isAnchored { lines.append("without anchors a chain cut off at its end cannot be told") }
        return lines.joined(separator: "\n")
    }

    private static func object(_ report: AuditReport) -> JSONObject {
        [
            "whole": .bool(report.isWhole), "blocks": .number(JSONNumber(report.blocks)),
            "entries": .number(JSONNumber(report.entries)),
            "subjects": .number(JSONNumber(report.subjects)), "anchors": .number(JSONNumber(report.anchors)),
            "unsealed": .number(JSONNumber(report.unsealed)),
            "sealed_until": report.sealedUntil.map { .string(RFC3339.text($0)) } ?? .null,
            "breaks_in_all": .number(JSONNumber(report.breakCount)),
            "breaks": .array(
                report.breaks.map { found in
                    [
                        "kind": .string(found.kind.rawValue),
                        "block": found.block.map { .number(JSONNumber(Int($0))) } ?? .null,
                        "entry": found.entry.map { .number(JSONNumber(Int($0))) } ?? .null,
                        "summary": .string(found.summary),
                    ]
                }),
        ]
    }

    private static func list(
        _ actor: String?, _ limit: Int, _ store: Store, _ console: Console
    ) async throws -> ExitCode {
        let entries = try await store.database.read(as: Mandate(actor: Actors.system, purpose: .operation)) { tx in
            try await AccessLog.latest(actor: actor, limit: limit, in: tx)
        }
        let lines = entries.map { entry in
            [
                String(entry.seq), RFC3339.text(entry.recordedAt), entry.actorName ?? entry.actor.description,
                entry.operation, entry.purpose, "\(entry.subjects)", entry.client ?? "-",
            ].joined(separator: "  ")
        }
        console.result(
            lines.isEmpty ? "nothing on record" : lines.joined(separator: "\n"),
            [
                "entries": .array(
                    entries.map { entry in
                        [
                            "number": .number(JSONNumber(Int(entry.seq))),
                            "at": .string(RFC3339.text(entry.recordedAt)),
                            "actor": .string(entry.actor.description),
                            "actor_name": entry.actorName.map { .string($0) } ?? .null,
                            "client": entry.client.map { .string($0) } ?? .null,
                            "operation": .string(entry.operation), "purpose": .string(entry.purpose),
                            "command": entry.command.map { .string($0.lowercased) } ?? .null,
                            "status": .number(JSONNumber(entry.status)),
                            "fields": .array(entry.fields.map { .string($0) }),
                            "subjects": .number(JSONNumber(entry.subjects)), "trace": .string(entry.trace),
                        ]
                    })
            ])
        return .ok
    }
}
