public import Documents

extension Request {
    /// The body as a JSON document; `limit` is in bytes.
    ///
    /// - Throws: `WebFault.unsupportedMediaType` unless the type is `application/json` or ends in `+json`, what
    ///   `RequestBody.collect` throws, and `JSONFault`, which becomes a 400 with line and column.
    public func json(limit: Int = 1 << 20) async throws -> JSON {
        guard let type = contentType, type == "application/json" || type.hasSuffix("+json") else {
            throw WebFault.unsupportedMediaType(expected: "application/json")
        }
        return try JSON.parse(try await body.collect(limit: limit), limits: JSON.Limits(bytes: limit))
    }
}

extension Response {
    /// A JSON document.
    public static func json(_ document: JSON, status: Status = .ok) -> Response {
        .json(document.serialized(), status: status)
    }

    /// The whole body as a JSON document; for tests.
    public func json() async throws -> JSON { try JSON.parse(try await bytes()) }
}
