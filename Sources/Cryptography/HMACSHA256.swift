import CCrypto

/// Keyed codes over SHA-256 (RFC 2104).
public enum HMACSHA256 {
    /// The code of the bytes under the key, 32 bytes.
    public static func code(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { code($0, key: key) }
    }

    /// The code of memory that somebody else owns, 32 bytes.
    public static func code(_ bytes: UnsafeRawBufferPointer, key: [UInt8]) -> [UInt8] {
        unkeyed.lend { context in
            rekey(context, key)
            return finish(context, bytes)
        }
    }

    private static let unkeyed: ContextPool = ContextPool(make: { makeContext() }, free: { EVP_MAC_CTX_free($0) })

    /// Contexts that hold the key's inner and outer state ready.
    static func keyed(_ key: Secret) -> ContextPool {
        return ContextPool(
            make: {
                let context = makeContext()
                OpenSSL.check(EVP_MAC_init(context, key.pointer, key.count, nil))
                return context
            },
            free: { EVP_MAC_CTX_free($0) })
    }

    /// The code under the key of a pool made by `keyed`.
    static func code(_ bytes: UnsafeRawBufferPointer, with pool: ContextPool) -> [UInt8] {
        pool.lend { context in
            OpenSSL.check(EVP_MAC_init(context, nil, 0, nil))
            return finish(context, bytes)
        }
    }

    private static func finish(_ context: OpaquePointer, _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        if !bytes.isEmpty {
            OpenSSL.check(EVP_MAC_update(context, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
        }
        return [UInt8](unsafeUninitializedCapacity: 32) { result, count in
            OpenSSL.check(EVP_MAC_final(context, result.baseAddress, &count, 32))
        }
    }

    private static func rekey(_ context: OpaquePointer, _ key: [UInt8]) {
        // OpenSSL takes a missing key for "the same as before"; RFC 2104 pads with zeros, so one zero is an empty key.
        let key = key.isEmpty ? [0] : key
        OpenSSL.check(EVP_MAC_init(context, key, key.count, nil))
    }

    private static func makeContext() -> OpaquePointer {
        // Null only when the process has no memory left, whatever was sent to it.
        guard let context = EVP_MAC_CTX_new(OpenSSL.hmac.pointer) else { fatalError("memory for a MAC context") }
        OpenSSL.check(kith_mac_use_sha256(context))
        return context
    }
}

/// Derivation of keys from keys (RFC 5869) over HMAC-SHA256.
public enum HKDF {
    /// The extract step: 32 bytes from any input key material.
    public static func extract(_ material: [UInt8], salt: [UInt8]) -> [UInt8] {
        HMACSHA256.code(material, key: salt)
    }

    /// The expand step.
    /// - Parameter count: 1 to 8,160 bytes.
    public static func expand(_ key: [UInt8], purpose: [UInt8], count: Int) -> [UInt8] {
        precondition((1...255 * 32).contains(count), "RFC 5869 section 2.3 allows 255 blocks")
        var result: [UInt8] = []
        var block: [UInt8] = []
        var counter: UInt8 = 1
        while result.count < count {
            block = HMACSHA256.code(block + purpose + [counter], key: key)
            result += block
            counter &+= 1
        }
        return Array(result.prefix(count))
    }
}
