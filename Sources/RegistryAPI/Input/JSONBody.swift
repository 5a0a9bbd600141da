import Cryptography
import Documents
import Groundwork
import Web

/// A JSON body as read: its object, and what tells it from another request under the same idempotency key.
struct JSONBody {
    let object: JSONObject
    let bytes: [UInt8]

    /// Largest body of a command, in bytes: a household of 200 members fits several times.
    static let limit: Int = 1 << 20

    static func read(_ request: Request) async throws -> JSONBody {
        // A change that needs no words may be asked for without a body.
        if request.contentType == nil {
            let bytes = try await request.body.collect(limit: limit)
            if bytes.isEmpty { return JSONBody(object: [:], bytes: []) }
        }
        guard let type = request.contentType, type == "application/json" || type.hasSuffix("+json") else {
            throw WebFault.unsupportedMediaType(expected: "application/json")
        }
        return try JSONBody(try await request.body.collect(limit: limit))
    }

    private init(object: JSONObject, bytes: [UInt8]) {
        (self.object, self.bytes) = (object, bytes)
    }

    /// - Throws: `JSONFault` for what is not JSON, `APIFault.invalid` for what is no object.
    init(_ bytes: [UInt8]) throws {
        let json = try JSON.parse(bytes)
        guard let object = json.object else {
            throw APIFault.invalid([Finding(.root, code: "type.object", "The body is to be a JSON object.")])
        }
        if let place = Self.nul(in: json, at: .root) {
            throw APIFault.invalid([
                Finding(place, code: "text.control", "The text holds the character U+0000; remove it.")
            ])
        }
        (self.object, self.bytes) = (object, bytes)
    }

    /// SHA-256 over what was asked, where, and on which version.
    func requestHash(_ request: Request) -> [UInt8] {
        let head = "\(request.method.rawValue) \(request.path)\n\(request.headers["If-Match"] ?? "")\n"
        return Digest.sha256(Array(head.utf8) + bytes)
    }

    /// Where a text holds U+0000, which the store cannot keep.
    private static func nul(in json: JSON, at path: FieldPath) -> FieldPath? {
        switch json {
        case .string(let text): return text.utf8.contains(0) ? path : nil
        case .array(let items):
            for (index, item) in items.enumerated() {
                if let place = nul(in: item, at: path.appending(index)) { return place }
            }
            return nil
        case .object(let members):
            for (name, value) in members {
                if name.utf8.contains(0) { return path }
                if let place = nul(in: value, at: path.appending(name)) { return place }
            }
            return nil
        case .null, .bool, .number: return nil
        }
    }
}
