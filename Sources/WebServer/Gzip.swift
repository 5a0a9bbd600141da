import CZlib
import Synchronization
import Web

/// A gzip compressor, kept and used again because making one costs more than compressing a small answer.
// Unchecked, because one task at a time holds it: `GzipPool` hands it out and takes it back.
final class Gzip: @unchecked Sendable {
    // On the heap, because zlib remembers the address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil when memory is short. Level 1 is fastest, 9 smallest.
    init?(level: Int32 = 4) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard kith_gzip_begin(stream, level) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func reset() { deflateReset(stream) }

    /// The whole of `bytes` as one gzip member.
    func compress(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_FINISH) }

    /// What is ready after adding `bytes`; often nothing.
    func add(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }

    /// Everything added so far, so that the reader can decode it.
    func flush() -> [UInt8] { run([], Z_SYNC_FLUSH) }

    func finish() -> [UInt8] { run([], Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        bytes.withUnsafeBufferPointer { input -> [UInt8] in
            var output: [UInt8] = []
            // zlib reads through this pointer and does not write.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            let block = max(1024, min(input.count / 3, 1 << 20))
            var isFull = true
            while isFull {
                output += [UInt8](unsafeUninitializedCapacity: block) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(block)
                    deflate(stream, flush)
                    count = block - Int(stream.pointee.avail_out)
                }
                isFull = stream.pointee.avail_out == 0
            }
            stream.pointee.next_in = nil
            return output
        }
    }
}

/// Compressors at rest.
final class GzipPool: Sendable {
    private static let limit = 16
    private let resting = Mutex<[Gzip]>([])

    /// A compressor ready for a new member; nil when memory is short.
    func take() -> Gzip? { resting.withLock { $0.popLast() } ?? Gzip() }

    func giveBack(_ gzip: Gzip) {
        gzip.reset()
        resting.withLock { if $0.count < Self.limit { $0.append(gzip) } }
    }
}

/// Compresses what a handler streams.
// Unchecked, because writes to one answer come one after the other.
final class GzipSink: ResponseSink, @unchecked Sendable {
    private let next: any ResponseSink
    private let gzip: Gzip

    init(_ gzip: Gzip, into next: any ResponseSink) {
        (self.gzip, self.next) = (gzip, next)
    }

    func write(_ bytes: [UInt8]) async throws(WebFault) {
        let ready = gzip.add(bytes)
        if !ready.isEmpty { try await next.write(ready) }
    }

    func flush() async throws(WebFault) {
        let ready = gzip.flush()
        if !ready.isEmpty { try await next.write(ready) }
        try await next.flush()
    }

    func finish() async throws(WebFault) {
        try await next.write(gzip.finish())
    }
}

/// Which answers go out compressed.
enum Compression {
    /// Below this, the headers cost more than is saved.
    static let smallest = 1024

    /// Whether the answer's media type shrinks: text, JSON, XML.
    static func isWorthwhile(_ response: Response) -> Bool {
        guard response.isCompressible, response.status.isSuccess || response.status.code >= 400,
            response.headers["Content-Encoding"] == nil, let type = response.headers["Content-Type"]
        else { return false }
        switch response.body {
        case .empty: return false
        case .bytes(let bytes) where bytes.count < smallest: return false
        case .bytes, .stream: break
        }
        let media = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        return media.hasPrefix("text/") || media.hasSuffix("json") || media.hasSuffix("xml")
            || media == "application/javascript" || media == "image/svg+xml" || media == "application/x-ndjson"
    }

    /// Whether the client takes gzip (RFC 9110, section 12.5.3).
    static func isAccepted(_ header: String?) -> Bool {
        guard let header else { return false }
        var star = false
        for part in header.split(separator: ",") {
            let fields = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = fields.first else { continue }
            let refused = fields.dropFirst().contains { field in
                field.hasPrefix("q=") && (Double(field.dropFirst(2)) ?? 0) <= 0
            }
            if coding == "gzip" || coding == "x-gzip" { return !refused }
            if coding == "*" { star = !refused }
        }
        return star
    }
}
