package import Documents

/// Bytes to JSON, with one forgiveness that only lenient senders get.
package enum MessageParser {
    /// A body as JSON, and what was wrong with it where that can be forgiven.
    package struct Parsed: Sendable {
        package var json: JSON
        /// Set when the body is JSON only after a repeated `condition` was given names of its own.
        package var forgiven: JSONFault?
    }

    private static let limits: JSON.Limits = JSON.Limits(bytes: 16 << 20, depth: 48)
    private static let repeated: [UInt8] = Array(#""condition""#.utf8)
    private static let mostRepeats = 64

    /// Reads a body.
    ///
    /// The published samples chain `expression1`, `expression2`, `expression3` with the key `condition` twice in one
    /// object, which is no proper JSON (docs/dci.md, 10). Repeats of this one name become `condition#2`, `condition#3` …
    /// and the fault is kept for senders to whom that is not allowed; every other repeated name stays refused.
    package static func parse(_ body: [UInt8]) throws(DCIFault) -> Parsed {
        var bytes = body
        var forgiven: JSONFault?
        for repeats in 1...mostRepeats + 1 {
            do {
                return Parsed(json: try JSON.parse(bytes, limits: limits), forgiven: forgiven)
            } catch {
                let end = error.offset + repeated.count
                guard error.reason == .duplicateMember, repeats <= mostRepeats, end <= bytes.count,
                    bytes[error.offset..<end].elementsEqual(repeated)
                else { throw .notJSON(forgiven ?? error) }
                if forgiven == nil { forgiven = error }
                bytes.insert(contentsOf: Array("#\(repeats + 1)".utf8), at: end - 1)
            }
        }
        // The last turn of the loop returns or throws.
        throw .notJSON(forgiven ?? JSONFault(.duplicateMember, line: 1, column: 1, offset: 0))
    }
}
