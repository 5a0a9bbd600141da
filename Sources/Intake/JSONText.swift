import Documents

enum JSONText {
    /// The object as compact text.
    static func bytes(_ object: JSONObject) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.value(.object(object))
        return writer.bytes
    }
}
