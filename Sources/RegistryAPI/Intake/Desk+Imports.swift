import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import Web

/// How lines held back are written.
enum QuarantineFormat: String, CaseIterable { case ndjson, csv }

extension Desk {
    /// Largest file in bytes.
    static let largestFile: Int = 4 << 30
    static let importID: Route.Parameter = .uuid("id", "UUID of the import.")

    var intakeRoutes: [Route] {
        [
            .post(
                "/api/v1/imports", needs: .writeImports, "Import a file",
                operation: Operations.send(
                    "importFile", .imports,
                    body: .type("text/csv", .bytes, description: "A CSV file; or a workbook, as its own media type."),
                    answer: "ImportReport",
                    [
                        .query("source", .text, required: true, "Who states what the file says, e.g. survey-2026."),
                        .query("file_name", "Name to be shown."),
                        .query("dry_run", .boolean, "Everything but applying."),
                        .query("mapping", "Code of the layout; the plain one where none is named."),
                        .query("set", "What the layout must be told: name=value, several with commas between."),
                        .query(
                            "encoding", "Where the guess is wrong: utf-8, utf-16le, utf-16be, windows-1252, latin1."),
                        .query("separator", "Where the guess is wrong: comma, semicolon, tab, pipe or one sign."),
                        .query("sheet", "The sheet of a workbook that has several."),
                    ],
                    note: """
                        Answered when the file is done. Whole households are applied chunk by chunk; what cannot be accepted \
                        is held back and can be downloaded. An import that was stopped goes on when the same file comes again.
                        """), bodyLimit: Self.largestFile, answered(importFile)),
            .get(
                "/api/v1/imports", needs: .readImports, "List imports",
                operation: Operations.read(
                    "listImports", .imports, answer: "Imports", [Operations.limit(200, standard: 50)],
                    note: "Newest first."),
                answered(listImports)),
            .get(
                "/api/v1/imports/{id}", needs: .readImports, "Read how an import stands",
                operation: Operations.read("readImport", .imports, answer: "Import", [Self.importID]),
                answered(readImport)),
            .get(
                "/api/v1/imports/{id}/quarantine", needs: .writeImports, "Download what an import held back",
                operation: Route.Operation(
                    id: "readQuarantine", tags: [Tag.imports.rawValue],
                    description:
                        "In the order of the file, each line with the reasons and the remedy; as CSV, to be mended and sent again.",
                    parameters: [
                        Self.importID,
                        .query(
                            "format", .choice(QuarantineFormat.allCases.map(\.rawValue)),
                            "ndjson when not given; csv has the columns of the file and five more."),
                    ],
                    responses: [
                        Route.Answer(
                            .ok, "The lines held back.",
                            Route.Content([
                                ("application/x-ndjson", .ref("QuarantinedLine")), ("text/csv", .bytes),
                            ]))
                    ]), answered(readQuarantine)
            ).disclosing(.personal),
            .post(
                "/api/v1/imports/{id}/undo", needs: .writeImports, "Undo an import",
                operation: Operations.send(
                    "undoImport", .imports, body: .json(.ref("Nothing")), status: .ok, answer: "ImportUndone",
                    [Self.importID],
                    note: "Households in which anybody was changed later are kept whole and named."),
                answered(undoImport)),
            .post(
                "/api/v1/imports/{id}/abandon", needs: .writeImports, "Give up an unfinished import",
                operation: Operations.send(
                    "abandonImport", .imports, body: .json(.ref("Nothing")), status: .ok, answer: "Import",
                    [Self.importID],
                    note: "What was applied stays, and can be undone."),
                answered(abandonImport)),
        ]
    }

    func room() throws(APIFault) -> IntakeDesk {
        guard let intake else { throw .importsOff }
        return intake
    }

    private func importFile(_ call: Call) async throws -> Response {
        let intake = try room()
        var query = QueryReader(call.request)
        let source = query.text("source", longest: 60)
        let name = query.text("file_name", longest: 120)
        let isDryRun = query.flag("dry_run")
        if let source, !Self.isSource(source) {
            query.refuse("source", "query.source", "Give letters, digits, - and _ alone.")
        } else if source == nil, query.findings.isEmpty {
            query.refuse("source", "query.missing", "Say who states what the file says.")
        }
        var request = ImportRequest(path: "", source: source ?? "", isDryRun: isDryRun, fileName: name)
        Self.readLayout(&query, into: &request)
        try query.finish()
        guard ["text/csv", Self.workbook].contains(call.request.contentType) else {
            throw WebFault.unsupportedMediaType(expected: "text/csv or \(Self.workbook)")
        }
        if request.fileName == nil {
            request.fileName = call.request.contentType == "text/csv" ? "upload.csv" : "upload.xlsx"
        }
        let key = try Precondition.idempotencyKey(call.request)
        let upload = Upload(folder: intake.folder)
        let hash = Digest.sha256(Array(call.request.target.utf8) + (try await upload.take(call.request.body)))
        request.path = await upload.path
        let (given, mandate) = (request, call.mandate(.import))
        do {
            let answer = try await once("import.run", key, hash, call) {
                ImportAnswer.report(try await intake.importer.run(given, as: mandate))
            }
            await upload.discard()
            return ImportAnswer.created(answer)
        } catch {
            await upload.discard()
            throw error
        }
    }

    /// Letters, digits, `-`, `_` and `.` alone: a source is part of keys for ever.
    static func isSource(_ text: String) -> Bool { text.utf8.allSatisfy { isPlain($0) } }

    private static let workbook: String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    /// What the caller says of the file's layout.
    private static func readLayout(_ query: inout QueryReader, into request: inout ImportRequest) {
        request.mapping = query.text("mapping", longest: 60)
        request.sheet = query.text("sheet", longest: 120)
        if let word = query.text("encoding", longest: 20) {
            request.encoding = TextEncoding(named: word)
            if request.encoding == nil {
                query.refuse("encoding", "query.encoding", "Say utf-8, utf-16le, utf-16be, windows-1252 or latin1.")
            }
        }
        if let word = query.text("separator", longest: 20) {
            request.separator = CSVShape.separator(named: word)
            if request.separator == nil {
                query.refuse("separator", "query.separator", "Say comma, semicolon, tab, pipe or one sign.")
            }
        }
        for pair in (query.text("set", longest: 1000) ?? "").split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 {
                request.parameters[parts[0]] = parts[1]
            } else {
                query.refuse("set", "query.set", "Write name=value, several with commas between.")
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    /// Does work of several transactions once for each idempotency key; the answer is kept with the key.
    func once(
        _ kind: String, _ key: String?, _ hash: [UInt8], _ call: Call, _ work: () async throws -> JSONObject
    ) async throws -> JSONObject {
        let earlier = try await reading(call, .import) { tx in
            try await CommandLog.earlier(key: key, hash: hash, in: tx)
        }
        if var answer = earlier?.object {
            answer["repeated"] = true
            return answer
        }
        let answer = try await work()
        try await database.write(as: call.mandate(.import)) { tx throws(RegistryFault) in
            try await CommandLog.note(kind, outcome: answer, key: key, hash: hash, in: tx)
        }
        return answer
    }

    // MARK: What became of it

    private func listImports(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...200) ?? 50
        try query.finish()
        let sights = try await room().importer.sights(limit: limit, as: call.mandate(.import))
        return .json(JSON.object(["imports": .array(sights.map { .object(ImportAnswer.sight($0)) })]))
    }

    func batch(_ call: Call) async throws -> ImportBatch {
        guard let batch = try await sight(call).batch else { throw IntakeFault.batchNotFound }
        return batch
    }

    func sight(_ call: Call) async throws -> ImportSight {
        let id: ID<ImportBatch> = try call.id("id")
        return try await room().importer.sight(id.rawValue, as: call.mandate(.import))
    }

    private func readImport(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        return .json(JSON.object(ImportAnswer.sight(try await sight(call))))
    }

    private func readQuarantine(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let format = query.choice("format", QuarantineFormat.self) ?? .ndjson
        try query.finish()
        let (importer, batch, mandate) = (try room().importer, try await batch(call), call.mandate(.import))
        // Lines of a file, whose people are nobody in the registry yet.
        call.disclosed.note([], fields: ["quarantine"])
        call.disclosed.note(purpose: .import)
        if format == .csv {
            guard !batch.columns.isEmpty else { throw IntakeFault.headerUnknown }
            return .stream(type: "text/csv; charset=utf-8") { writer in
                try await importer.quarantineFile(of: batch, as: mandate) { try await writer.write($0) }
            }.with("Content-Disposition", "attachment; filename=\"quarantine-\(batch.id.lowercased).csv\"")
        }
        return .stream(type: "application/x-ndjson") { writer in
            try await importer.quarantined(batch.id, as: mandate) { lines in
                var bytes: [UInt8] = []
                for line in lines { bytes += ImportAnswer.line(line) }
                try await writer.write(bytes)
            }
        }
    }

    private func undoImport(_ call: Call) async throws -> Response {
        let (importer, key, hash) = try await bare(call)
        let answer = try await once("import.undo", key, hash, call) {
            let batch = try await batch(call)
            return ImportAnswer.undone(try await importer.undo(batch.id, as: call.mandate(.import)))
        }
        return .json(JSON.object(answer))
    }

    private func abandonImport(_ call: Call) async throws -> Response {
        let id: ID<ImportBatch> = try call.id("id")
        let (importer, key, hash) = try await bare(call)
        _ = try await once("import.abandon", key, hash, call) {
            try await importer.giveUp(id.rawValue, as: call.mandate(.import))
            return ["main": .string(id.description)]
        }
        return .json(JSON.object(ImportAnswer.sight(try await sight(call))))
    }

    /// What a request without words of its own carries.
    func bare(_ call: Call) async throws -> (Importer, key: String?, hash: [UInt8]) {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return (try room().importer, try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
    }
}
