public import Groundwork

/// The place of a piece of work in a distributed trace, as W3C Trace Context passes it on.
///
/// Source: W3C Trace Context, Recommendation of 23 November 2021, section 3.2.
public struct TraceContext: Sendable, Hashable {
    public let traceID: TraceID
    /// The 16 lower-case hexadecimal digits that name the current span, never all zero.
    public let spanID: String
    public let isSampled: Bool

    /// The trace of the running task; every log line inside carries it.
    @TaskLocal public static var current: TraceContext?

    /// The beginning of a new trace, or of a new span in `traceID`.
    public init(traceID: TraceID = TraceID(), isSampled: Bool = false) {
        (self.traceID, self.isSampled) = (traceID, isSampled)
        spanID = Self.newSpan()
    }

    /// Reads a `traceparent` header; nil when it breaks the rules, and the caller then starts a new trace.
    ///
    /// Versions after 00 are read by their first four fields, as section 3.2.4 asks; version `ff` is refused.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count == 55 || (bytes.count > 55 && bytes[55] == Self.dash) else { return nil }
        guard bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash else { return nil }
        let fields = [0..<2, 3..<35, 36..<52, 53..<55].map { bytes[$0] }
        guard fields.allSatisfy({ $0.allSatisfy(Self.isHexadecimal) }) else { return nil }
        let version = String(decoding: fields[0], as: UTF8.self)
        guard version != "ff", version != "00" || bytes.count == 55 else { return nil }
        guard let trace = TraceID(String(decoding: fields[1], as: UTF8.self)) else { return nil }
        guard fields[2].contains(where: { $0 != 0x30 }) else { return nil }
        traceID = trace
        spanID = String(decoding: fields[2], as: UTF8.self)
        isSampled = (UInt8(String(decoding: fields[3], as: UTF8.self), radix: 16) ?? 0) & 1 == 1
    }

    /// The same trace with a new span, for work done on behalf of this one.
    public func child() -> TraceContext {
        TraceContext(traceID: traceID, isSampled: isSampled)
    }

    /// The header to send on, in version 00.
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static let dash = UInt8(ascii: "-")

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func newSpan() -> String {
        Entropy.hex(Entropy.next() | 1)
    }
}
