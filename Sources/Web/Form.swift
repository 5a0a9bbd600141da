extension Request {
    /// The fields of a submitted form (`application/x-www-form-urlencoded`).
    ///
    /// - Throws: `.unsupportedMediaType`, `.malformedBody`, and what `RequestBody.collect` throws.
    public func form(limit: Int = 64 * 1024) async throws(WebFault) -> Query {
        guard contentType == "application/x-www-form-urlencoded" else {
            throw .unsupportedMediaType(expected: "application/x-www-form-urlencoded")
        }
        let bytes = try await body.collect(limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self), let fields = Query(parsing: text) else {
            throw .malformedBody
        }
        return fields
    }

    /// The cookies of the request, by name; of two with one name the first counts, as it has the longer path.
    public var cookies: [String: String] {
        var cookies: [String: String] = [:]
        for line in headers.all("Cookie") {
            for pair in line.split(separator: ";") {
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2 else { continue }
                let name = String(halves[0].drop { $0 == " " })
                if cookies[name] == nil { cookies[name] = String(halves[1]) }
            }
        }
        return cookies
    }
}

/// A cookie to set: never readable by scripts, sent to our own pages only (RFC 6265).
public struct Cookie: Sendable {
    /// A token: letters, digits and `-_`.
    public var name: String
    /// Letters, digits and `-_.`; other characters are percent-encoded.
    public var value: String
    /// Sent to this path and to those below it.
    public var path: String
    /// Seconds until the browser forgets it; nil means until it closes, zero means now.
    public var maxAge: Int?
    /// Whether it travels over TLS only.
    public var isSecure: Bool

    /// A cookie for our own pages; `isSecure` is false only where there is no TLS.
    public init(_ name: String, _ value: String, path: String = "/", maxAge: Int? = nil, isSecure: Bool) {
        (self.name, self.value, self.path, self.maxAge, self.isSecure) = (name, value, path, maxAge, isSecure)
    }

    /// The value of the `Set-Cookie` header.
    public var header: String {
        var text = "\(name)=\(PercentCoding.encode(value)); Path=\(path); HttpOnly; SameSite=Lax"
        if let maxAge { text += "; Max-Age=\(maxAge)" }
        if isSecure { text += "; Secure" }
        return text
    }
}
