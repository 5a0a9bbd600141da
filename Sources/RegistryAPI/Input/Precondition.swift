import Groundwork
import Web

/// Which version a change is based on, and under which key it is carried out once.
enum Precondition {
    /// The version of `If-Match: "7"`; nil when the header is missing or `*`.
    static func version(_ request: Request) throws(APIFault) -> Int? {
        guard let value = request.headers["If-Match"], value != "*" else { return nil }
        let digits = value.utf8.first == UInt8(ascii: "\"") ? value.dropFirst().dropLast() : value[...]
        if value.utf8.count <= 14, let version = Int(digits), version > 0, entityTag(version) == value {
            return version
        }
        throw .header(
            Finding(
                FieldPath(["header", "If-Match"]), code: "header.if_match",
                "The header holds the ETag of the last read, a version in double quotes such as \"7\", or *."))
    }

    /// The version, or `*`, that a change must name.
    static func neededVersion(_ request: Request) throws(APIFault) -> Int? {
        guard request.headers["If-Match"] != nil else { throw .preconditionNeeded }
        return try version(request)
    }

    /// The entity tag of a version.
    static func entityTag(_ version: Int) -> String { "\"\(version)\"" }

    /// The caller's Idempotency-Key: 8 to 128 visible ASCII characters.
    static func idempotencyKey(_ request: Request) throws(APIFault) -> String? {
        guard let key = request.headers["Idempotency-Key"] else { return nil }
        if (8...128).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) { return key }
        throw .header(
            Finding(
                FieldPath(["header", "Idempotency-Key"]), code: "header.idempotency_key",
                "The key is 8 to 128 visible ASCII characters, such as a UUID made for this request."))
    }
}
