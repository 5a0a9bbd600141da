/// Whether two words are at most one slip apart: a letter more, less or other, or two neighbours exchanged.
enum OneEdit {
    static func isReached(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Bool {
        let (short, long) = a.count <= b.count ? (a, b) : (b, a)
        guard long.count - short.count <= 1 else { return false }
        var first = 0
        while first < short.count, short[first] == long[first] { first += 1 }
        var tail = 0
        while tail < short.count - first, short[short.count - 1 - tail] == long[long.count - 1 - tail] { tail += 1 }
        let left = short.count - first - tail
        if left == 0 || (left == 1 && short.count == long.count) { return true }
        return left == 2 && short.count == long.count && short[first] == long[first + 1]
            && short[first + 1] == long[first]
    }

    /// Optimal string alignment distance, counted up to `most`; more is `most + 1`.
    static func distance(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, most: Int) -> Int {
        guard abs(a.count - b.count) <= most, a.count <= 64, b.count <= 64 else { return most + 1 }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * 65) { rows in
            var (before, last, next) = (0, 65, 130)
            for column in 0...b.count { rows[last + column] = UInt8(column) }
            for row in 0..<a.count {
                rows[next] = UInt8(row + 1)
                for column in 0..<b.count {
                    let change = rows[last + column] + (a[row] == b[column] ? 0 : 1)
                    var least = min(change, rows[last + column + 1] + 1, rows[next + column] + 1)
                    if row > 0, column > 0, a[row] == b[column - 1], a[row - 1] == b[column] {
                        least = min(least, rows[before + column - 1] + 1)
                    }
                    rows[next + column + 1] = least
                }
                (before, last, next) = (last, next, before)
            }
            return min(Int(rows[last + b.count]), most + 1)
        }
    }
}
