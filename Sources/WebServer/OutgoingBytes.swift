/// Bytes that wait to be sent, in order.
struct OutgoingBytes {
    private var bytes: [UInt8] = []
    private var sent = 0

    /// How many wait.
    var count: Int { bytes.count - sent }
    /// How many are kept in memory; at most twice as many as ever waited at once.
    var held: Int { bytes.count }

    mutating func add(_ more: [UInt8]) {
        if count == 0 {
            (bytes, sent) = (more, 0)
            return
        }
        // A writer that stays ahead of its reader never sees the buffer empty, so what is sent is dropped here.
        if sent >= count {
            bytes.removeSubrange(..<sent)
            sent = 0
        }
        bytes += more
    }

    /// Moves as many as fit into `buffer`, and returns how many these were.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(count, buffer.count)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
        sent += count
        if sent == bytes.count { (bytes, sent) = ([], 0) }
        return count
    }
}
