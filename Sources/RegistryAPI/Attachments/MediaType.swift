import Registry

/// The kinds of file that are kept, known by their first bytes and not by what is said of them.
package enum MediaType: String, Sendable, CaseIterable {
    case jpeg = "image/jpeg"
    case png = "image/png"
    case webp = "image/webp"
    case pdf = "application/pdf"

    /// Nil when the content begins like none of them.
    package init?(of content: [UInt8]) {
        func begins(_ bytes: [UInt8], at place: Int = 0) -> Bool {
            content.dropFirst(place).starts(with: bytes)
        }
        if begins([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if begins(Array("%PDF-".utf8)) {
            self = .pdf
        } else {
            return nil
        }
    }

    /// A photo is a picture; a document may be one too.
    func fits(_ kind: Attachment.Kind) -> Bool {
        kind == .document || self != .pdf
    }
}
