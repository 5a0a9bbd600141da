import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// The place where a person may be reading.
public struct Terminal: Sendable {
    private let descriptor: Int32
    /// Whether a person can be reading: a terminal that can redraw a line.
    public let isInteractive: Bool

    /// - Parameter isInteractive: decided by isatty(3) and `TERM` unless given.
    public init(descriptor: Int32, isInteractive: Bool? = nil) {
        self.descriptor = descriptor
        let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
        self.isInteractive = isInteractive ?? (isatty(descriptor) == 1 && !isDumb)
    }

    public static let standardOutput: Terminal = Terminal(descriptor: STDOUT_FILENO)
    public static let standardError: Terminal = Terminal(descriptor: STDERR_FILENO)

    /// Columns; 80 when unknown.
    public var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes the text as it is.
    public func write(_ text: String) {
        LogSink.descriptor(descriptor).write(Array(text.utf8))
    }
}
