import Audit
import Cryptography
import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Web

extension Desk {
    func attachmentRoutes(_ kind: SubjectKind, _ base: String, _ tail: String) -> [Route] {
        let upload = Route.Content(
            MediaType.allCases.map { ($0.rawValue, .bytes) }, description: "The file itself, at most 10 MiB.")
        return [
            .post(
                base + "/attachments", needs: .writeAttachments, "Add a photo or document to a \(kind.rawValue)",
                operation: Operations.send(
                    "addAttachment" + tail, .attachments, body: upload, answer: "AttachmentAdded",
                    [
                        Operations.id, .query("kind", .choice(["photo", "document"]), required: true, "What it is."),
                        .query("label", "What it shows, e.g. national id, front."),
                    ], note: "Kept encrypted; equal files are kept once."),
                bodyLimit: AttachmentFiles.limit, answered { call in try await addAttachment(call, kind) }),
            .get(
                base + "/attachments", needs: .readAttachments, "List the attachments of a \(kind.rawValue)",
                operation: Operations.read(
                    "listAttachments" + tail, .attachments, answer: "Attachments", [Operations.id],
                    note: "Newest first."),
                answered { call in try await listAttachments(call, kind) }),
        ]
    }

    var singleAttachmentRoutes: [Route] {
        let id: Route.Parameter = .uuid("id", "UUID of the attachment.")
        return [
            .get(
                "/api/v1/attachments/{id}", needs: .readAttachments, "Read what an attachment is",
                operation: Operations.read("readAttachment", .attachments, answer: "Attachment", [id]),
                answered { call in
                    var writer = JSONWriter()
                    AttachmentAnswer.write(try await attachment(call), to: &writer)
                    return .json(writer.bytes)
                }),
            .get(
                "/api/v1/attachments/{id}/content", needs: .readAttachments, "Download an attachment",
                operation: Route.Operation(
                    id: "downloadAttachment", tags: [Tag.attachments.rawValue], parameters: [id],
                    responses: [
                        Route.Answer(
                            .ok, "The file as it was added.",
                            Route.Content(MediaType.allCases.map { ($0.rawValue, .bytes) }))
                    ]), answered(download)),
        ]
    }

    private func attachment(_ call: Call) async throws -> Attachment {
        var query = QueryReader(call.request)
        try query.finish()
        let id: ID<Attachment> = try call.id("id")
        let found = try await reading(call) { tx in
            try await Attachments.find(id.rawValue, in: tx)
        }
        call.disclosed.note(found.subject, fields: ["attachments"])
        return found
    }

    private func download(_ call: Call) async throws -> Response {
        guard let files else { throw APIFault.attachmentsOff }
        let attachment = try await attachment(call)
        let content = try await files.load(attachment.hash)
        var response = Response.bytes(content, type: attachment.mediaType)
        response.headers["Content-Disposition"] = "attachment; filename=\"\(attachment.id.lowercased)\""
        // A document from outside runs nothing here, whatever it holds.
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
        return response
    }

    private func addAttachment(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        guard let files else { throw APIFault.attachmentsOff }
        var query = QueryReader(call.request)
        let what = query.choice("kind", Attachment.Kind.self)
        let label = query.text("label", longest: 120)
        if what == nil, query.findings.isEmpty {
            query.refuse("kind", "query.missing", "Say what the file is: photo or document.")
        }
        try query.finish()
        let subject = try await subject(call, kind)
        let content = try await collected(call.request)
        guard let what, let type = MediaType(of: content), call.request.contentType == type.rawValue, type.fits(what)
        else { throw APIFault.attachmentType }
        let hash = files.hash(of: content)
        let draft = Attachments.Draft(
            subject: subject, kind: what, hash: hash, mediaType: type.rawValue, size: content.count, label: label)
        let key = try Precondition.idempotencyKey(call.request)
        let request = Digest.sha256(Array(call.request.target.utf8) + hash)
        try await files.store(content, as: hash)
        let added = try await database.write(as: call.mandate(.maintenance)) { tx throws(RegistryFault) in
            try await Attachments.add(draft, key: key, hash: request, in: tx)
        }
        call.disclosed.note(subject, fields: ["attachments"])
        call.disclosed.note(command: added.command, purpose: .maintenance)
        return AttachmentAnswer.added(added.id, added.command, isRepeat: added.isRepeat)
    }

    /// The whole file of a request.
    func collected(_ request: Request) async throws -> [UInt8] {
        do {
            return try await request.body.collect(limit: AttachmentFiles.limit)
        } catch WebFault.bodyTooLarge(let limit) {
            throw APIFault.attachmentTooLarge(limit: limit)
        }
    }

    private func listAttachments(_ call: Call, _ kind: SubjectKind) async throws -> Response {
        var query = QueryReader(call.request)
        try query.finish()
        let subject = try await subject(call, kind)
        let all = try await reading(call) { tx in
            try await Attachments.list(of: subject, in: tx)
        }
        call.disclosed.note(subject, fields: ["attachments"])
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(kind.rawValue, subject.id.lowercased)
            writer.key("attachments")
            writer.array { writer in
                for attachment in all { AttachmentAnswer.write(attachment, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }
}

/// An attachment as answered.
enum AttachmentAnswer {
    static func write(_ attachment: Attachment, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", attachment.id.lowercased)
            writer.key("subject")
            writer.object { writer in
                writer.member("kind", attachment.subject.kind.rawValue)
                writer.member("id", attachment.subject.id.lowercased)
            }
            writer.member("kind", attachment.kind.rawValue)
            writer.member("media_type", attachment.mediaType)
            writer.member("size", attachment.size)
            writer.member("label", attachment.label)
            writer.member("command", attachment.command.description)
            writer.member("recorded_at", instant: attachment.recordedAt)
            writer.member("content", "/api/v1/attachments/\(attachment.id.lowercased)/content")
        }
    }

    static func added(_ id: UUID, _ command: CommandID, isRepeat: Bool) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", id.lowercased)
            writer.member("command", command.description)
            writer.member("repeated", isRepeat)
        }
        var response = Response.json(writer.bytes, status: .created)
        response.headers["Location"] = "/api/v1/attachments/\(id.lowercased)"
        return response
    }
}
