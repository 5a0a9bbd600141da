/// Reads many JSON documents that arrive in pieces: the items of one array, or one object after another (NDJSON).
///
/// Only the item at work is held, so that a file of any length takes little memory.
public struct JSONItems: Sendable {
    private enum Frame { case unknown, array, sequence, ended }

    private let limits: JSON.Limits
    private var frame = Frame.unknown
    private var item: [UInt8] = []
    private var depth = 0
    private var isText = false
    private var isEscaped = false
    private var line = 1
    private var offset = 0

    /// - Parameter limits: of one item.
    public init(limits: JSON.Limits = .standard) {
        self.limits = limits
    }

    /// Takes the next piece and gives every item that it completes; pieces may end anywhere.
    ///
    /// - Throws: with the line in the whole file.
    public mutating func feed(_ chunk: some Sequence<UInt8>) throws(JSONFault) -> [JSON] {
        var items: [JSON] = []
        for byte in chunk {
            offset += 1
            if byte == 0x0A { line += 1 }
            if depth == 0 {
                try between(byte)
            } else if let done = try inside(byte) {
                items.append(done)
            }
        }
        return items
    }

    /// - Throws: when the input ended within an item or within the array.
    public func finish() throws(JSONFault) {
        if depth > 0 || frame == .array { throw fault(.unfinished) }
        if frame == .unknown { throw fault(.empty) }
    }

    private mutating func between(_ byte: UInt8) throws(JSONFault) {
        switch (byte, frame) {
        case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): break
        case (UInt8(ascii: "["), .unknown): frame = .array
        case (UInt8(ascii: "]"), .array): frame = .ended
        case (UInt8(ascii: ","), .array): break
        case (UInt8(ascii: "{"), .unknown), (UInt8(ascii: "{"), .array), (UInt8(ascii: "{"), .sequence):
            if frame == .unknown { frame = .sequence }
            depth = 1
            item = [byte]
        case (_, .ended): throw fault(.trailing)
        default: throw fault(.value)
        }
    }

    private mutating func inside(_ byte: UInt8) throws(JSONFault) -> JSON? {
        item.append(byte)
        if item.count > limits.bytes { throw fault(.size) }
        if isText {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isText = false
            }
            return nil
        }
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        guard depth == 0 else { return nil }
        let first = line - item.count { $0 == 0x0A }
        do throws(JSONFault) {
            return try JSON.parse(item, limits: limits)
        } catch {
            throw JSONFault(
                error.reason, line: first + error.line - 1, column: error.column,
                offset: offset - item.count + error.offset)
        }
    }

    private func fault(_ reason: JSONFault.Reason) -> JSONFault {
        JSONFault(reason, line: line, column: 1, offset: offset)
    }
}
