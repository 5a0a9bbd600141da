import Documents
import Foundation
import Groundwork
import Intake
import Postgres
import Registry
import Web

extension Desk {
    private static let uploadID: Route.Parameter = .uuid("id", "UUID of the upload.")

    private static let uploadHeaders: [(name: String, description: String)] = [
        ("Upload-Offset", "Number of the next byte, counted from 0: so many were received."),
        ("Upload-Length", "Bytes of the whole file."),
        ("ETag", "SHA-256 of the bytes received so far, 64 hexadecimal digits in double quotes."),
    ]

    var uploadRoutes: [Route] {
        [
            .post(
                "/api/v1/uploads", needs: .writeImports, "Begin an upload",
                operation: Operations.send(
                    "beginUpload", .imports, body: .json(.ref("UploadDraft")), answer: "Upload",
                    note: """
                        For large files and weak lines: the file is sent in pieces, each with PATCH, and goes on where it \
                        stopped. With the last byte the server imports it by itself, unless `start` is false.
                        """), answered(beginUpload)),
            .get(
                "/api/v1/uploads", needs: .readImports, "List uploads",
                operation: Operations.read(
                    "listUploads", .imports, answer: "Uploads", [Operations.limit(200, standard: 50)],
                    note: "Those whose files are kept, the newest first."), answered(listUploads)),
            .get(
                "/api/v1/uploads/{id}", needs: .readImports, "Read how far an upload is",
                operation: Operations.read(
                    "readUpload", .imports, answer: "Upload", [Self.uploadID],
                    note: "HEAD gives the headers alone; a sender that was cut off begins with it.",
                    headers: Self.uploadHeaders), answered(readUpload)),
            .patch(
                "/api/v1/uploads/{id}", needs: .writeImports, "Send a piece of an upload",
                operation: Route.Operation(
                    id: "sendUpload", tags: [Tag.imports.rawValue],
                    description: """
                        What arrived before a line broke is kept, unless Content-Digest makes the piece count whole or not at \
                        all. If-Match holds the SHA-256 of the bytes before the piece as the sender has them, so that a file \
                        that changed half-way is refused with `intake.upload.changed`.
                        """,
                    parameters: [
                        Self.uploadID,
                        .header(
                            "Upload-Offset", .integer(minimum: 0, maximum: nil), required: true,
                            "Number of the first byte."),
                        .header(
                            "If-Match", required: true,
                            "SHA-256 of all bytes before, as in ETag, made from the sender's own file; * not to compare."
                        ),
                        .header("Content-Digest", "sha-256=:base64:, RFC 9530, of this piece."),
                    ],
                    body: .type("application/octet-stream", .bytes, description: "The next bytes of the file."),
                    responses: [
                        Route.Answer(.ok, "How far the upload is.", .json(.ref("Upload")), headers: Self.uploadHeaders),
                        Route.Answer(
                            .conflict, "The offset is another one, the file changed, or the upload is closed.",
                            Operations.problem),
                    ]), bodyLimit: Self.largestFile, answered(sendPiece)),
            .post(
                "/api/v1/uploads/{id}/import", needs: .writeImports, "Import an upload that is whole",
                operation: Operations.send(
                    "importUpload", .imports, body: .json(.ref("UploadImport")), status: .accepted, answer: "Import",
                    [Self.uploadID],
                    note: "After a dry run, after a failure, or where the upload did not begin it by itself."),
                answered(importUpload)),
            .post(
                "/api/v1/uploads/{id}/discard", needs: .writeImports, "Give an upload up",
                operation: Operations.send(
                    "discardUpload", .imports, body: .json(.ref("Nothing")), status: .ok, answer: "Upload",
                    [Self.uploadID], note: "Its file is deleted."), answered(discardUpload)),
        ]
    }

    var uploadProfileRoutes: [Route] {
        [
            .post(
                "/api/v1/uploads/{id}/profile", needs: .writeImports, "Look at the columns of an upload",
                operation: Operations.send(
                    "profileUpload", .imports, body: .json(.ref("Nothing")), status: .ok, answer: "FileProfile",
                    [Self.uploadID],
                    note: """
                        Fill, kinds, patterns, ranges and frequent values, in one pass; of a file above 256 MiB its beginning. \
                        Values of personal columns are left out, and values that stand there less than five times.
                        """), answered(profileUpload)),
            .get(
                "/api/v1/uploads/{id}/profile", needs: .readImports, "Read what the columns of an upload hold",
                operation: Operations.read("readUploadProfile", .imports, answer: "FileProfile", [Self.uploadID]),
                answered(readUploadProfile)),
        ]
    }

    private func profileUpload(_ call: Call) async throws -> Response {
        let id: ID<FileUpload> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        _ = try Precondition.idempotencyKey(call.request)
        let (uploads, mandate) = (try uploads(), call.mandate(.import))
        let mapping = try await uploads.find(id.rawValue, as: mandate).mapping
        return .json(
            try await uploads.profile(
                id.rawValue, mapping: try room().layout(mapping).mapping, dictionary: context.dictionary, as: mandate))
    }

    private func readUploadProfile(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let id: ID<FileUpload> = try call.id("id")
        guard let found = try await uploads().profile(of: id.rawValue, as: call.mandate(.import)) else {
            throw APIFault.profileMissing
        }
        return .json(found)
    }

    private func uploads() throws -> Uploads {
        guard let uploads = try room().uploads else { throw APIFault.importsOff }
        return uploads
    }

    private func beginUpload(_ call: Call) async throws -> Response {
        let uploads = try uploads()
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let name = fields.text("file_name", needed: true, atMost: 120)
        let source = fields.text("source", needed: true, atMost: 60)
        let size = fields.int("size", needed: true, in: 1...(1 << 50))
        let mapping = fields.text("mapping", atMost: 60) ?? "plain"
        let digits = fields.text("sha256", atMost: 64)
        let isDryRun = fields.bool("dry_run") ?? false
        let starts = fields.bool("start") ?? true
        let reading = Self.reading(&fields) ?? UploadReading()
        if let source, !Self.isSource(source) {
            fields.note("source", "text.source", "Give letters, digits, -, _ and . alone.")
        }
        let hash = digits.flatMap { UploadAnswer.digest(hex: $0) }
        if digits != nil, hash == nil {
            fields.note("sha256", "text.digest", "A SHA-256 is 64 hexadecimal digits.")
        }
        fields.finish()
        guard fields.findings.isEmpty, let name, let source, let size else { throw APIFault.invalid(fields.findings) }
        try check(reading, of: mapping)
        let draft = UploadDraft(
            fileName: name, source: source, mapping: mapping, reading: reading, isDryRun: isDryRun,
            startsImport: starts, size: size, hash: hash)
        let id = try await notedOnce("upload.begin", body, call) { tx in try await uploads.begin(draft, in: tx).id }
        var response = try await upload(id, call)
        response.status = .created
        response.headers["Location"] = "/api/v1/uploads/\(id.lowercased)"
        return response
    }

    /// How the file is to be read, from the members set, encoding, separator and sheet; nil when none is there.
    private static func reading(_ fields: inout Fields) -> UploadReading? {
        var reading = UploadReading()
        if let values = fields.open("set") {
            let place = fields.path.appending("set")
            if values.count > 40 { fields.note("set", "list.too_long", "At most 40 values are accepted.") }
            for (name, value) in values.prefix(40) {
                guard let text = value.string, text.utf8.count <= 200 else {
                    fields.add([
                        Finding(
                            place.appending(String(name.prefix(80))), code: "type.text",
                            "A text of at most 200 bytes is expected.")
                    ])
                    continue
                }
                reading.parameters[name] = text
            }
        }
        if let word = fields.text("encoding", atMost: 20) {
            reading.encoding = TextEncoding(named: word)
            if reading.encoding == nil {
                fields.note("encoding", "upload.encoding", "Say utf-8, utf-16le, utf-16be, windows-1252 or latin1.")
            }
        }
        if let word = fields.text("separator", atMost: 20) {
            reading.separator = CSVShape.separator(named: word)
            if reading.separator == nil {
                fields.note("separator", "upload.separator", "Say comma, semicolon, tab, pipe or one sign.")
            }
        }
        reading.sheet = fields.text("sheet", atMost: 120)
        let isSaid = ["set", "encoding", "separator", "sheet"].contains { fields.has($0) }
        return isSaid ? reading : nil
    }

    /// Refuses values that the layout does not ask for, and the want of those that it must be told.
    private func check(_ reading: UploadReading, of mapping: String) throws {
        let found = try room().layout(mapping).mapping.findings(in: reading.parameters)
        guard !found.isEmpty else { return }
        throw APIFault.invalid(found.map { Finding(FieldPath(["set"] + $0.path.steps), code: $0.code, $0.summary) })
    }

    private func listUploads(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        let limit = query.int("limit", in: 1...200) ?? 50
        try query.finish()
        let found = try await uploads().kept(limit: limit, as: call.mandate(.import))
        return .json(JSON.object(["uploads": .array(found.map { .object(UploadAnswer.object($0, job: nil)) })]))
    }

    private func readUpload(_ call: Call) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let id: ID<FileUpload> = try call.id("id")
        return try await upload(id.rawValue, call)
    }

    private func upload(_ id: UUID, _ call: Call) async throws -> Response {
        let uploads = try uploads()
        let found = try await uploads.find(id, as: call.mandate(.import))
        let job = try await uploads.job(of: id, as: call.mandate(.import))
        return UploadAnswer.response(found, digest: try await uploads.digest(found), job: job)
    }

    private func sendPiece(_ call: Call) async throws -> Response {
        let uploads = try uploads()
        let id: ID<FileUpload> = try call.id("id")
        let request = call.request
        guard let type = request.contentType,
            ["application/octet-stream", "application/offset+octet-stream"].contains(type)
        else { throw WebFault.unsupportedMediaType(expected: "application/octet-stream") }
        let piece = try UploadAnswer.piece(request)
        _ = try await uploads.take(piece, of: id.rawValue, from: request.body, as: call.mandate(.import))
        return try await upload(id.rawValue, call)
    }

    private func importUpload(_ call: Call) async throws -> Response {
        let uploads = try uploads()
        let id: ID<FileUpload> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let isDryRun = fields.bool("dry_run") ?? false
        let reading = Self.reading(&fields)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        if let reading {
            try check(reading, of: try await uploads.find(id.rawValue, as: call.mandate(.import)).mapping)
        }
        let job = try await notedOnce("upload.import", body, call) { tx in
            try await uploads.requestImport(id.rawValue, isDryRun: isDryRun, reading: reading, in: tx).id
        }
        let sight = try await room().importer.sight(job, as: call.mandate(.import))
        return Response.json(JSON.object(ImportAnswer.sight(sight)), status: .accepted)
            .with("Location", "/api/v1/imports/\(job.lowercased)")
    }

    private func discardUpload(_ call: Call) async throws -> Response {
        let uploads = try uploads()
        let id: ID<FileUpload> = try call.id("id")
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        _ = try await notedOnce("upload.discard", body, call) { tx in
            try await uploads.discard(id.rawValue, in: tx)
            return id.rawValue
        }
        try await uploads.sweep(as: call.mandate(.import))
        let found = try await uploads.find(id.rawValue, as: call.mandate(.import))
        return .json(JSON.object(UploadAnswer.object(found, job: nil)))
    }

    /// Does something in one transaction once for each idempotency key; what it names is remembered with the key.
    func notedOnce(
        _ kind: String, _ body: JSONBody, _ call: Call, _ work: (borrowing Transaction) async throws -> UUID
    ) async throws -> UUID {
        let (key, hash) = (try Precondition.idempotencyKey(call.request), body.requestHash(call.request))
        return try await database.write(as: call.mandate(.import)) {
            (tx: borrowing Transaction) async throws -> UUID in
            if let earlier = try await CommandLog.earlier(key: key, hash: hash, in: tx) {
                guard let id = earlier["main"]?.string.flatMap({ UUID(uuidString: $0) }) else {
                    throw RegistryFault.idempotencyMismatch
                }
                return id
            }
            let id = try await work(tx)
            try await CommandLog.note(
                kind, outcome: ["main": .string(id.lowercased)], key: key, hash: hash, in: tx)
            return id
        }
    }
}
