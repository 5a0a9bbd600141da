import CCrypto

/// A keyed bijection on the numbers below a bound: a Feistel network over two unequal halves, with AES as its round function.
///
/// The bound n is held by a × b ≥ n with a = ⌈√n⌉ and b = ⌈n/a⌉; a number that falls between n and a × b is permuted again
/// (cycle walking), which happens to fewer than one in √n. Ten rounds, as in NIST SP 800-38G FF1, on whose shape this is modelled.
final class Permutation: Sendable {
    private static let rounds: UInt8 = 10
    private let cipher: ContextPool

    init(_ key: Secret) {
        // Only keys that the key ring derived come here, and HKDF gives exactly 32 bytes.
        precondition(key.count == 32, "an AES-256 key has 32 bytes")
        cipher = ContextPool(
            make: {
                // Null only when the process has no memory left, whatever was sent to it.
                guard let context = EVP_CIPHER_CTX_new() else { fatalError("memory for a cipher context") }
                OpenSSL.check(EVP_EncryptInit_ex2(context, OpenSSL.aes256ECB.pointer, key.pointer, nil, nil))
                EVP_CIPHER_CTX_set_padding(context, 0)
                return context
            },
            free: { EVP_CIPHER_CTX_free($0) })
    }

    func permute(_ number: UInt64, below bound: UInt64) -> UInt64 {
        let a = Self.rootRoundedUp(bound)
        let b = (bound + a - 1) / a
        return cipher.lend { context in
            var current = number
            repeat { current = Self.once(current, a, b, bound, context) } while current >= bound
            return current
        }
    }

    private static func once(_ number: UInt64, _ a: UInt64, _ b: UInt64, _ bound: UInt64, _ cipher: OpaquePointer)
        -> UInt64
    {
        var left = number % a
        var right = number / a
        for round in 0..<rounds {
            if round & 1 == 0 {
                left = (left + scramble(right, round, bound, cipher) % a) % a
            } else {
                right = (right + scramble(left, round, bound, cipher) % b) % b
            }
        }
        return right * a + left
    }

    /// One AES block of the half, the round and the bound; 64 of its bits.
    private static func scramble(_ half: UInt64, _ round: UInt8, _ bound: UInt64, _ cipher: OpaquePointer) -> UInt64 {
        // Halves stay below 2³², which leaves the upper half of the word to the round.
        var input = (half | UInt64(round) << 56, bound)
        var output = (UInt64(0), UInt64(0))
        withUnsafeMutableBytes(of: &output) { output in
            withUnsafeBytes(of: &input) { input in
                var count: Int32 = 0
                OpenSSL.check(
                    EVP_EncryptUpdate(
                        cipher, output.bindMemory(to: UInt8.self).baseAddress, &count,
                        input.bindMemory(to: UInt8.self).baseAddress, 16))
            }
        }
        return UInt64(littleEndian: output.0)
    }

    static func rootRoundedUp(_ value: UInt64) -> UInt64 {
        var root = UInt64(Double(value).squareRoot())
        while root * root < value { root += 1 }
        while root > 1, (root - 1) * (root - 1) >= value { root -= 1 }
        return max(1, root)
    }
}
