/// How slow a client may be.
struct Pace: Sendable {
    let stall: UInt64
    let minimumRate: UInt64

    init(_ settings: ServerSettings) {
        stall = settings.stallTime.nanoseconds
        minimumRate = UInt64(max(1, settings.minimumRate))
    }

    /// By when a client that was last seen alive now must have moved this many bytes.
    func deadline(bytes: Int) -> UInt64 { deadline(from: Monotonic.now(), bytes: bytes) }

    /// The same, counted from a moment in the past.
    func deadline(from start: UInt64, bytes: Int) -> UInt64 {
        start + stall + UInt64(max(0, bytes)) * 1_000_000_000 / minimumRate
    }
}
