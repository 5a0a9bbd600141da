/// Reduces a normalised token to what is heard, by a table that the country's profile gives.
public struct PhoneticFold: Sendable {
    /// The rules of one region's sounds.
    public struct Table: Sendable, Hashable {
        /// Letters of which a run becomes one; done before the replacements.
        public var undouble: String
        /// From and to, in order, each over the whole token.
        public var replace: [Replacement]
        /// Letters of which a run becomes one after the replacements: `yi` and `i` may have become `ii` and `i`.
        public var undoubleLast: String

        public init(undouble: String, replace: [Replacement], undoubleLast: String = "") {
            (self.undouble, self.replace, self.undoubleLast) = (undouble, replace, undoubleLast)
        }

        /// No rule: every token is its own sound.
        public static let none: Table = Table(undouble: "", replace: [])
    }

    /// One step of a table.
    public struct Replacement: Sendable, Hashable {
        public var from: String
        public var to: String

        public init(_ from: String, _ to: String) {
            (self.from, self.to) = (from, to)
        }
    }

    private let doubled: [Bool]
    private let doubledLast: [Bool]
    private let steps: [(from: [UInt8], to: [UInt8])]

    public init(_ table: Table) {
        doubled = Self.marks(table.undouble)
        doubledLast = Self.marks(table.undoubleLast)
        // What a rule writes is never longer than what it reads, or a token could grow without end.
        steps = table.replace
            .map { (from: Array($0.from.utf8), to: Array($0.to.utf8)) }
            .filter { !$0.from.isEmpty && $0.to.count <= $0.from.count }
    }

    private static func marks(_ letters: String) -> [Bool] {
        var marks = [Bool](repeating: false, count: 256)
        for byte in letters.utf8 { marks[Int(byte)] = true }
        return marks
    }

    /// The sound of a normalised token; the token itself when nothing would be left of it.
    public func fold(_ token: String) -> String {
        var bytes: [UInt8] = []
        fold(ArraySlice(token.utf8), into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes the sound into `bytes`, which is emptied first.
    func fold(_ token: ArraySlice<UInt8>, into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        for byte in token where bytes.last != byte || !doubled[Int(byte)] { bytes.append(byte) }
        let length = steps.withUnsafeBufferPointer { steps in
            bytes.withUnsafeMutableBufferPointer { buffer in
                var length = buffer.count
                for step in steps { length = Self.apply(step, to: buffer, length) }
                return undouble(buffer, length)
            }
        }
        if length == 0 {
            bytes.removeAll(keepingCapacity: true)
            bytes.append(contentsOf: token)
        } else {
            bytes.removeLast(bytes.count - length)
        }
    }

    private func undouble(_ buffer: UnsafeMutableBufferPointer<UInt8>, _ length: Int) -> Int {
        guard length > 1 else { return length }
        var write = 1
        for read in 1..<length where buffer[read] != buffer[write - 1] || !doubledLast[Int(buffer[read])] {
            buffer[write] = buffer[read]
            write += 1
        }
        return write
    }

    /// Applies one step in place, from left to right, and returns the new length.
    private static func apply(
        _ step: (from: [UInt8], to: [UInt8]), to buffer: UnsafeMutableBufferPointer<UInt8>, _ length: Int
    ) -> Int {
        let first = step.from[0]
        let width = step.from.count
        guard length >= width else { return length }
        var (read, write) = (0, 0)
        while read < length {
            if buffer[read] == first, read + width <= length, matches(step.from, buffer, read) {
                for byte in step.to {
                    buffer[write] = byte
                    write += 1
                }
                read += width
            } else {
                buffer[write] = buffer[read]
                write += 1
                read += 1
            }
        }
        return write
    }

    private static func matches(_ from: [UInt8], _ buffer: UnsafeMutableBufferPointer<UInt8>, _ at: Int) -> Bool {
        var offset = 1
        while offset < from.count {
            if buffer[at + offset] != from[offset] { return false }
            offset += 1
        }
        return true
    }
}
