public import Groundwork

/// Writes events as JSON lines, one line a call, without a way for personal data to slip in.
///
/// The message is a literal and the values are a closed type; free text needs `.unredacted`, which review greps for.
/// Copies are cheap and share their sink. The trace of the running request is added by itself (`TraceContext.current`).
public struct Logger: Sendable {
    /// How much an event matters; `error` wakes somebody.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        case trace, debug, info, warning, error

        var rank: Int {
            switch self {
            case .trace: 0
            case .debug: 1
            case .info: 2
            case .warning: 3
            case .error: 4
            }
        }

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// Events below this level are dropped before their fields are computed.
    public var level: Level
    private let sink: LogSink
    private let context: [(key: LogKey, value: LogValue)]

    /// A logger that keeps what reaches `level` and hands each line to `sink`.
    public init(level: Level = .info, sink: LogSink = .standardError) {
        (self.level, self.sink, self.context) = (level, sink, [])
    }

    private init(level: Level, sink: LogSink, context: [(key: LogKey, value: LogValue)]) {
        (self.level, self.sink, self.context) = (level, sink, context)
    }

    /// Drops everything; for code under test that must be given a logger.
    public static let silent: Logger = Logger(level: .error, sink: .discard)

    /// The same logger with fields that stand on every line from here on, after the message.
    public func with(_ fields: KeyValuePairs<LogKey, LogValue>) -> Logger {
        Logger(level: level, sink: sink, context: context + fields.map { (key: $0.key, value: $0.value) })
    }

    public func trace(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]) {
        log(.trace, message, fields())
    }

    public func debug(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]) {
        log(.debug, message, fields())
    }

    public func info(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]) {
        log(.info, message, fields())
    }

    public func warning(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]) {
        log(.warning, message, fields())
    }

    public func error(_ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]) {
        log(.error, message, fields())
    }

    /// Writes one line when `level` is reached; `fields` are not computed otherwise.
    public func log(
        _ level: Level, _ message: StaticString, _ fields: @autoclosure () -> KeyValuePairs<LogKey, LogValue> = [:]
    ) {
        guard level >= self.level, sink.isOpen else { return }
        var line = LogLine(level: level, message: message)
        if let trace = TraceContext.current { line.append(.trace, .trace(trace.traceID)) }
        for field in context { line.append(field.key, field.value) }
        for field in fields() { line.append(field.key, field.value) }
        sink.write(line.finished())
    }
}

/// The name of a field in a log line; modules add their own as static members.
///
/// Example: `extension LogKey { static let batch = LogKey("batch") }`.
public struct LogKey: Sendable {
    let name: StaticString

    /// A key named by a literal of lower-case letters and underscores.
    public init(_ name: StaticString) {
        self.name = name
    }

    public static let trace: LogKey = LogKey("trace")
    public static let component: LogKey = LogKey("component")
    public static let request: LogKey = LogKey("request")
    public static let method: LogKey = LogKey("method")
    public static let route: LogKey = LogKey("route")
    public static let status: LogKey = LogKey("status")
    public static let took: LogKey = LogKey("took_ms")
    public static let bytes: LogKey = LogKey("bytes")
    public static let count: LogKey = LogKey("count")
    public static let fault: LogKey = LogKey("fault")
    public static let reason: LogKey = LogKey("reason")
    public static let person: LogKey = LogKey("person")
    public static let household: LogKey = LogKey("household")
    public static let area: LogKey = LogKey("area")
    public static let actor: LogKey = LogKey("actor")
    public static let event: LogKey = LogKey("event")
    public static let batch: LogKey = LogKey("batch")
    public static let service: LogKey = LogKey("service")
    public static let signal: LogKey = LogKey("signal")
    public static let port: LogKey = LogKey("port")
    public static let path: LogKey = LogKey("path")
    public static let attempt: LogKey = LogKey("attempt")
}

/// The value of a field: identities, counts, times and codes, but no free text.
public struct LogValue: Sendable {
    enum Content: Sendable {
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case literal(StaticString)
        case text(String)
    }

    let content: Content

    /// An identity, printed as its UUID.
    public static func id<Subject>(_ id: ID<Subject>) -> LogValue { LogValue(content: .text(id.description)) }
    /// A W3C trace id.
    public static func trace(_ id: TraceID) -> LogValue { LogValue(content: .text(id.description)) }
    /// How many; also for sizes in bytes and for status numbers.
    public static func count(_ value: some BinaryInteger) -> LogValue {
        LogValue(content: .integer(Int(clamping: value)))
    }
    /// A measure without a unit; put the unit in the key.
    public static func number(_ value: Double) -> LogValue { LogValue(content: .number(value)) }
    public static func flag(_ value: Bool) -> LogValue { LogValue(content: .flag(value)) }
    /// Milliseconds, kept to the microsecond.
    public static func milliseconds(_ value: Double) -> LogValue {
        LogValue(content: .number((value * 1000).rounded() / 1000))
    }
    /// A span of time, printed in milliseconds.
    public static func milliseconds(_ value: Duration) -> LogValue { .milliseconds(value / .milliseconds(1)) }
    public static func code(_ value: StaticString) -> LogValue { LogValue(content: .literal(value)) }
    /// The raw value of a closed enumeration; `CaseIterable` keeps open string wrappers out.
    public static func code<Code: RawRepresentable<String> & CaseIterable>(_ value: Code) -> LogValue {
        LogValue(content: .text(value.rawValue))
    }
    /// The code of a fault, which by contract is mute about data.
    public static func fault(_ fault: any Fault) -> LogValue { LogValue(content: .text(fault.code)) }
    public static func text(_ value: StaticString) -> LogValue { LogValue(content: .literal(value)) }
    /// Free text; whoever writes this promises that no person's data is in it, and review looks at every use.
    public static func unredacted(_ value: String) -> LogValue { LogValue(content: .text(value)) }
}
