import Cryptography
import Documents
import Foundation
import Groundwork
import Intake
import Registry
import Web

/// Uploads as answered, and the headers by which pieces are sent.
enum UploadAnswer {
    static func object(_ upload: FileUpload, job: ImportJob?) -> JSONObject {
        var object: JSONObject = [
            "id": .string(upload.id.lowercased), "file_name": .string(upload.fileName),
            "source": .string(upload.source), "mapping": .string(upload.mapping),
            "state": .string(upload.state.rawValue), "size": .number(upload.size),
            "received": .number(upload.received), "is_dry_run": .bool(upload.isDryRun),
            "sha256": (upload.fileHash ?? upload.statedHash).map { .string(Hex.encode($0)) } ?? .null,
            "import": job.map { .string(($0.batch ?? $0.id).lowercased) } ?? .null,
            "created_at": .instant(upload.createdAt), "expires_at": .instant(upload.expiresAt),
        ]
        for (name, value) in upload.reading.json.object ?? [:] { object[name] = value }
        return object
    }

    static func response(_ upload: FileUpload, digest: [UInt8], job: ImportJob?) -> Response {
        var response = Response.json(JSON.object(object(upload, job: job)))
        response.headers["Upload-Offset"] = String(upload.received)
        response.headers["Upload-Length"] = String(upload.size)
        response.headers["ETag"] = "\"\(Hex.encode(digest))\""
        response.headers["Cache-Control"] = "no-store"
        return response
    }

    static func digest(hex: some StringProtocol) -> [UInt8]? {
        guard hex.utf8.count == 64, let bytes = Hex.decode(hex.lowercased()) else { return nil }
        return bytes
    }

    /// What the headers say of a piece.
    static func piece(_ request: Request) throws(APIFault) -> Uploads.Piece {
        guard let text = request.headers["Upload-Offset"], text.utf8.count <= 16, let offset = Int(text), offset >= 0
        else {
            throw refusal(
                "Upload-Offset", "header.upload_offset", "Say which byte the piece begins with, counted from 0.")
        }
        guard let match = request.headers["If-Match"] else { throw .preconditionNeeded }
        var before: [UInt8]?
        if match != "*" {
            let digits = match.hasPrefix("\"") && match.hasSuffix("\"") ? match.dropFirst().dropLast() : ""
            before = digest(hex: digits)
            guard before != nil else {
                throw refusal(
                    "If-Match", "header.if_match",
                    "The SHA-256 of all bytes before is 64 hexadecimal digits in double quotes; * not to compare.")
            }
        }
        var hash: [UInt8]?
        if let stated = request.headers["Content-Digest"] {
            hash = contentDigest(stated)
            guard hash != nil else {
                throw refusal(
                    "Content-Digest", "header.content_digest", "Give sha-256=:base64:, as RFC 9530 writes it.")
            }
        }
        return Uploads.Piece(offset: offset, before: before, hash: hash, length: request.body.announcedLength)
    }

    private static func refusal(_ name: String, _ code: String, _ summary: String) -> APIFault {
        .header(Finding(FieldPath(["header", name]), code: code, summary))
    }

    /// The SHA-256 among the digests of a field of RFC 9530; nil when there is none.
    private static func contentDigest(_ field: String) -> [UInt8]? {
        for part in field.split(separator: ",") {
            let item = part.drop { $0 == " " }
            guard item.lowercased().hasPrefix("sha-256=:"), item.hasSuffix(":") else { continue }
            let text = item.dropFirst("sha-256=:".count).dropLast()
            if let bytes = Base64.decode(text), bytes.count == 32 { return bytes }
        }
        return nil
    }
}
