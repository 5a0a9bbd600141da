extension Site {
    /// Adds what every answer carries, and takes the body away where the method or the status has none.
    func finished(_ answer: Response, for request: Request) -> Response {
        var response = answer
        response.headers["X-Request-Id"] = request.requestID
        response.headers.setDefault("X-Content-Type-Options", "nosniff")
        // Answers are about people unless their route says otherwise, so nothing between us and the reader keeps them.
        response.headers.setDefault("Cache-Control", "no-store")
        if response.headers["Content-Type"]?.hasPrefix("text/html") == true { addPagePolicy(&response.headers) }
        if request.method == .head { response.dropBody() }
        if response.status == .noContent || response.status == .notModified { response.body = .empty }
        return response
    }

    private func addPagePolicy(_ headers: inout Headers) {
        headers.setDefault(
            "Content-Security-Policy",
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")
        headers.setDefault("Referrer-Policy", "same-origin")
    }
}

extension Headers {
    mutating func setDefault(_ name: String, _ value: String) {
        if self[name] == nil { add(name, value) }
    }
}

extension Response {
    /// An answer to HEAD: the length that GET would have sent, where it is known, and no body.
    mutating func dropBody() {
        switch body {
        case .bytes(let bytes): headers["Content-Length"] = String(bytes.count)
        case .empty: headers["Content-Length"] = "0"
        case .stream: break
        }
        body = .empty
    }
}
