import Dispatch

#if canImport(Glibc)
    import Glibc
#endif

/// Hears signals instead of dying of them, until ended.
struct SignalWatch {
    private let sources: [any DispatchSourceSignal]

    init(_ signals: [Int32], _ heard: @escaping @Sendable (Int32) -> Void) {
        let queue = DispatchQueue(label: "kith.signals")
        sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { heard(number) }
            // Once nobody listens, a second Ctrl-C must end the process as usual.
            source.setCancelHandler { signal(number, SIG_DFL) }
            source.activate()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
    }
}

/// Signals that concern the whole process.
public enum Signals {
    /// SIGTERM, from an init system, and SIGINT, from a keyboard.
    public static let ending: [Int32] = [SIGTERM, SIGINT]

    /// Lets a write to a closed connection fail with EPIPE instead of ending the process; call it first in `main`.
    public static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }
}
