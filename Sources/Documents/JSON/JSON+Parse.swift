extension JSON {
    /// How large and how deep a document may be before it is refused.
    public struct Limits: Sendable {
        /// In bytes of UTF-8.
        public var bytes: Int
        /// Objects and arrays within one another.
        public var depth: Int

        /// Lets the last of several members with one name hold instead of refusing the document.
        ///
        /// Only for senders who are known to need it: two readers may then understand one document differently.
        public var takesLastDuplicate: Bool

        /// - Parameter depth: at most 512.
        public init(bytes: Int = 16 << 20, depth: Int = 64, takesLastDuplicate: Bool = false) {
            // Each level costs a stack frame or two; a thread of the cooperative pool has half a megabyte or more.
            precondition(depth <= 512, "deeper documents would exhaust the stack")
            (self.bytes, self.depth, self.takesLastDuplicate) = (bytes, depth, takesLastDuplicate)
        }

        /// 16 MiB and 64 levels: for everything that comes over a network.
        public static let standard: Limits = Limits()
        /// 512 MiB and 64 levels: for files that an operator names.
        public static let file: Limits = Limits(bytes: 512 << 20)
    }

    /// Reads one document, strictly as RFC 8259 says.
    ///
    /// Refused are also invalid UTF-8, lone surrogates, a byte order mark, bytes after the document, and a member name that
    /// stands twice in an object (names that differ only in Unicode normalisation count as one).
    public static func parse(_ bytes: [UInt8], limits: Limits = .standard) throws(JSONFault) -> JSON {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONFault) in
            try parse(UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }

    /// Reads one document from text.
    public static func parse(_ text: String, limits: Limits = .standard) throws(JSONFault) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }

    /// Reads one document from memory that somebody else owns; the result keeps no reference to it.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: Limits = .standard) throws(JSONFault) -> JSON {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            throw JSONFault(.empty, line: 1, column: 1, offset: 0)
        }
        var parser = JSONParser(base, count: bytes.count, limits: limits)
        return try parser.document()
    }
}
