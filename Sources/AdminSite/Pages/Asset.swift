import Cryptography
import Web

/// A file that open pages need.
struct Asset: Sendable {
    let address: String
    let type: String
    let bytes: [UInt8]
    /// Digest of the bytes as an entity tag.
    let tag: String

    init(_ address: String, type: String, _ text: String) {
        (self.address, self.type, bytes) = (address, type, Array(text.utf8))
        tag = "\"" + Hex.encode(Array(Digest.sha256(bytes).prefix(8))) + "\""
    }

    /// The file, or 304 when the reader has it already.
    func answer(_ request: Request) -> Response {
        let headers: Headers = ["Content-Type": type, "Cache-Control": "public, max-age=300", "ETag": tag]
        if request.headers["If-None-Match"] == tag { return Response(.notModified, headers: headers) }
        return Response(.ok, headers: headers, body: .bytes(bytes))
    }

    static let stylesheet: Asset = Asset("/assets/kith.css", type: "text/css; charset=utf-8", Stylesheet.text)

    /// Four households around a common ground.
    static let mark: Asset = Asset(
        "/assets/kith.svg", type: "image/svg+xml",
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" role="img" aria-label="Kith">
        <rect width="32" height="32" rx="8" fill="#0b6e4f"/>
        <path d="M8 23V14l4-4 4 4v9M16 23v-9l4-4 4 4v9" fill="none" stroke="#fff" stroke-width="2" \
        stroke-linejoin="round" stroke-linecap="round"/>
        <path d="M5 24.5h22" stroke="#f2c14e" stroke-width="2" stroke-linecap="round"/>
        </svg>

        """)
}
