import CCrypto

/// Digests of whole byte strings.
public enum Digest {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { sha256($0) }
    }

    /// SHA-256 (FIPS 180-4), 32 bytes.
    public static func sha256(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.withUnsafeBytes { sha256($0) }
    }

    /// SHA-256 (FIPS 180-4) of memory that somebody else owns, 32 bytes.
    public static func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { result, count in
            OpenSSL.check(
                EVP_Digest(bytes.baseAddress, bytes.count, result.baseAddress, nil, OpenSSL.sha256.pointer, nil))
            count = 32
        }
    }
}

/// SHA-256 over bytes that come in pieces; a copy goes on independently.
public struct SHA256Stream: Sendable {
    private var context: Context

    // Unchecked, because the stream copies a shared context before it changes it.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init() {
            // Null only when the process has no memory left, whatever was sent to it.
            guard let pointer = EVP_MD_CTX_new() else { fatalError("memory for a digest context") }
            self.pointer = pointer
        }

        deinit { EVP_MD_CTX_free(pointer) }
    }

    /// A stream that has seen nothing yet.
    public init() {
        context = Context()
        OpenSSL.check(EVP_DigestInit_ex2(context.pointer, OpenSSL.sha256.pointer, nil))
    }

    /// Takes the next piece.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Takes the next piece from memory that somebody else owns.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if !isKnownUniquelyReferenced(&context) { context = Self.copy(context) }
        OpenSSL.check(EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count))
    }

    /// The digest of everything so far, 32 bytes; more may follow.
    public func digest() -> [UInt8] {
        let last = Self.copy(context)
        return [UInt8](unsafeUninitializedCapacity: 32) { result, count in
            OpenSSL.check(EVP_DigestFinal_ex(last.pointer, result.baseAddress, nil))
            count = 32
        }
    }

    private static func copy(_ context: Context) -> Context {
        let copy = Context()
        OpenSSL.check(EVP_MD_CTX_copy_ex(copy.pointer, context.pointer))
        return copy
    }
}
