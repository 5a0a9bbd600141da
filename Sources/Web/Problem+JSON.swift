public import Documents

extension Problem {
    /// The JSON document, compact, in UTF-8.
    public var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", type)
        writer.member("title", title)
        writer.member("status", status.code)
        if let detail { writer.member("detail", detail) }
        if let instance { writer.member("instance", instance) }
        writer.member("code", code)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for entry in errors {
                writer.beginObject()
                writer.member("pointer", entry.pointer)
                writer.member("code", entry.code)
                writer.member("detail", entry.detail)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }

    /// What `bytes` looks like, for API documents.
    public static let schema: JSON = [
        "type": "object",
        "description": "An error, as RFC 9457 describes it.",
        "required": ["type", "title", "status", "code"],
        "properties": [
            "type": ["type": "string", "format": "uri"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"], "instance": ["type": "string", "format": "uri"],
            "code": ["type": "string", "description": "Stable; programs decide by it."],
            "errors": ["type": "array", "items": entrySchema],
        ],
    ]

    private static let entrySchema: JSON = [
        "type": "object",
        "required": ["pointer", "code", "detail"],
        "properties": [
            "pointer": ["type": "string", "description": "RFC 6901 pointer into the body, or `/query/<name>`."],
            "code": ["type": "string"], "detail": ["type": "string"],
        ],
    ]
}
