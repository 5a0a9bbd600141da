import Glibc
import Synchronization

/// Random bits for identities and traces, fetched from the system some hundred bytes at a time.
///
/// A request makes half a dozen of them, and a system call for each costs more than all the rest of making an id. Not for
/// keys or tokens: those come from the cryptographic library.
public enum Entropy {
    private static let words: Int = 32
    private static let store = Mutex<[UInt64]>([])

    /// 64 fresh random bits.
    public static func next() -> UInt64 {
        store.withLock { store in
            if let word = store.popLast() { return word }
            var fresh: [UInt64] = Array(repeating: 0, count: words)
            // The system gives up to 256 bytes whole or not at all.
            let isFilled = fresh.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { getentropy($0, buffer.count) == 0 } ?? false
            }
            if !isFilled {
                var generator = SystemRandomNumberGenerator()
                for place in fresh.indices { fresh[place] = generator.next() }
            }
            let word = fresh.removeLast()
            store = fresh
            return word
        }
    }

    /// The lower-case hexadecimal digits of the words, 16 for each.
    public static func hex(_ words: UInt64...) -> String {
        String(unsafeUninitializedCapacity: words.count * 16) { buffer in
            var place = 0
            for word in words {
                for shift in stride(from: 60, through: 0, by: -4) {
                    buffer[place] = UUIDv7.digit(UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15)
                    place += 1
                }
            }
            return place
        }
    }
}
