/// Similarity of two words after Jaro, raised for a common beginning after Winkler.
public enum JaroWinkler {
    /// Bytes beyond this many are not compared.
    public static let longest: Int = 64

    /// From 0, nothing shared, to 1000, equal; both empty gives 0, since nothing is known.
    ///
    /// Compares bytes, so normalise first: in UTF-8 an accented letter is two bytes.
    /// - Source: M. A. Jaro, 1989; W. E. Winkler, 1990, prefix of at most 4 with weight 0.1.
    public static func similarity(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Int {
        let whole: Int? =
            a.withContiguousStorageIfAvailable { left in
                b.withContiguousStorageIfAvailable { right in permille(left, right) } ?? nil
            } ?? nil
        return whole
            ?? Array(a).withUnsafeBufferPointer { left in
                Array(b).withUnsafeBufferPointer { right in permille(left, right) }
            }
    }

    public static func similarity(_ a: String, _ b: String) -> Int {
        similarity(Array(a.utf8), Array(b.utf8))
    }

    static func permille(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
        let (first, second) = (min(a.count, longest), min(b.count, longest))
        guard first > 0, second > 0 else { return 0 }
        let reach = max(0, max(first, second) / 2 - 1)
        var takenA: UInt64 = 0
        var takenB: UInt64 = 0
        var matches = 0
        for i in 0..<first {
            for j in max(0, i - reach)..<max(max(0, i - reach), min(second, i + reach + 1))
            where takenB & (1 << UInt64(j)) == 0 && a[i] == b[j] {
                takenA |= 1 << UInt64(i)
                takenB |= 1 << UInt64(j)
                matches += 1
                break
            }
        }
        guard matches > 0 else { return 0 }
        let transposed = transpositions(a, b, takenA, takenB)
        let m = Double(matches)
        let jaro = (m / Double(first) + m / Double(second) + (m - Double(transposed)) / m) / 3
        var prefix = 0
        while prefix < min(4, first, second), a[prefix] == b[prefix] { prefix += 1 }
        return Int(((jaro + Double(prefix) * 0.1 * (1 - jaro)) * 1000).rounded())
    }

    /// Half the number of matched letters that stand in another order.
    private static func transpositions(
        _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, _ takenA: UInt64, _ takenB: UInt64
    ) -> Int {
        var (left, right) = (takenA, takenB)
        var differing = 0
        while left != 0, right != 0 {
            if a[left.trailingZeroBitCount] != b[right.trailingZeroBitCount] { differing += 1 }
            left &= left - 1
            right &= right - 1
        }
        return differing / 2
    }
}
