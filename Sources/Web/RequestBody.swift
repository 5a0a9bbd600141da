/// The body of a request: an asynchronous sequence of chunks that can be read once, or bytes already there.
///
/// Reading slowly slows the client down: the server stops reading the socket while chunks wait here.
public struct RequestBody: Sendable, AsyncSequence {
    public typealias Element = [UInt8]
    public typealias Failure = WebFault

    enum Content: Sendable {
        case bytes([UInt8])
        case source(any RequestBodySource)
    }

    private let content: Content
    /// The length that the client announced, in bytes; nil when it sent chunks without a length.
    public let announcedLength: Int?

    /// A body that is already complete; empty without an argument.
    public init(_ bytes: [UInt8] = []) {
        (content, announcedLength) = (.bytes(bytes), bytes.count)
    }

    /// A body of UTF-8 text, for tests.
    public init(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// A body that arrives while it is read.
    package init(source: any RequestBodySource, announcedLength: Int?) {
        (content, self.announcedLength) = (.source(source), announcedLength)
    }

    /// The whole body.
    ///
    /// - Throws: `.bodyTooLarge` as soon as more than `limit` bytes are announced or read, `.bodyInterrupted` when the
    ///   client goes away first.
    public func collect(limit: Int) async throws(WebFault) -> [UInt8] {
        if let announcedLength, announcedLength > limit { throw .bodyTooLarge(limit: limit) }
        switch content {
        case .bytes(let bytes): return bytes
        case .source(let source):
            var all: [UInt8] = []
            all.reserveCapacity(Swift.min(announcedLength ?? 0, limit))
            while let chunk = try await source.next() {
                guard all.count + chunk.count <= limit else { throw .bodyTooLarge(limit: limit) }
                all += chunk
            }
            return all
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(content: content) }

    /// Reads the chunks in order.
    public struct Iterator: AsyncIteratorProtocol {
        private var content: Content

        init(content: Content) {
            self.content = content
        }

        /// The next chunk, never empty; nil at the end.
        public mutating func next() async throws(WebFault) -> [UInt8]? {
            switch content {
            case .bytes(let bytes):
                content = .bytes([])
                return bytes.isEmpty ? nil : bytes
            case .source(let source): return try await source.next()
            }
        }

        /// The next chunk, never empty; nil at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(WebFault) -> [UInt8]? {
            switch content {
            case .bytes(let bytes):
                content = .bytes([])
                return bytes.isEmpty ? nil : bytes
            case .source(let source): return try await source.next()
            }
        }
    }
}

/// Where the chunks of a streamed body come from; one reader at a time.
package protocol RequestBodySource: Sendable {
    /// The next chunk, never empty; nil at the end.
    func next() async throws(WebFault) -> [UInt8]?
}
