import CCrypto

/// Random bytes from OpenSSL's generator, which the kernel seeds.
public enum Randomness {
    /// So many bytes that nobody can foretell; none for a count below one.
    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            if count > 0 { OpenSSL.check(RAND_bytes(buffer.baseAddress, Int32(count))) }
            filled = max(0, count)
        }
    }

    /// A secret that nobody guesses: 32 bytes as 43 characters of base64url.
    public static func token() -> String {
        Base64.encodeURL(bytes(32))
    }
}

/// Compares without telling by its duration where two values differ; unequal lengths are told at once.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
