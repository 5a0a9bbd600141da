import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Where log lines go.
public struct LogSink: Sendable {
    let isOpen: Bool
    /// Takes one whole line with its line feed.
    public let write: @Sendable ([UInt8]) -> Void

    private init(isOpen: Bool = true, write: @escaping @Sendable ([UInt8]) -> Void) {
        (self.isOpen, self.write) = (isOpen, write)
    }

    public static let standardError: LogSink = .descriptor(STDERR_FILENO)
    public static let discard: LogSink = LogSink(isOpen: false) { _ in }

    /// Each line goes out in one write(2), so that lines of several processes on one pipe do not mix (up to 4,096 bytes).
    public static func descriptor(_ descriptor: Int32) -> LogSink {
        LogSink { line in
            line.withUnsafeBytes { buffer in
                var rest = buffer
                while let base = rest.baseAddress, !rest.isEmpty {
                    let count = Glibc.write(descriptor, base, rest.count)
                    if count > 0 {
                        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    } else if errno != EINTR {
                        // There is nobody left to tell that the log is gone.
                        return
                    }
                }
            }
        }
    }

    /// Keeps the lines in memory, for tests.
    public static func capture(_ capture: LogCapture) -> LogSink {
        LogSink { capture.append($0) }
    }
}

/// Log lines kept in memory, in the order in which they were written.
public final class LogCapture: Sendable {
    private let kept = Mutex<[String]>([])

    public init() {}

    /// The lines so far, each without its line feed.
    public var lines: [String] { kept.withLock { $0 } }

    func append(_ line: [UInt8]) {
        let text = String(decoding: line.dropLast(), as: UTF8.self)
        kept.withLock { $0.append(text) }
    }
}
