import CCrypto

/// AES-256-GCM (NIST SP 800-38D) under one key, with contexts that hold the key schedule ready.
package final class SealingKey: Sendable {
    static let version: UInt8 = 1
    static let nonceCount = 12
    static let tagCount = 16

    private let encryption: ContextPool
    private let decryption: ContextPool

    /// - Parameter key: 32 bytes.
    package convenience init(key: [UInt8]) {
        self.init(Secret(key))
    }

    init(_ key: Secret) {
        // Keys come from the key ring, which derives exactly 32 bytes, or from a file whose length was checked.
        precondition(key.count == 32, "an AES-256 key has 32 bytes")
        encryption = ContextPool(make: { Self.context(key, isEncrypting: true) }, free: { EVP_CIPHER_CTX_free($0) })
        decryption = ContextPool(make: { Self.context(key, isEncrypting: false) }, free: { EVP_CIPHER_CTX_free($0) })
    }

    private static func context(_ key: Secret, isEncrypting: Bool) -> OpaquePointer {
        // Null only when the process has no memory left, whatever was sent to it.
        guard let context = EVP_CIPHER_CTX_new() else { fatalError("memory for a cipher context") }
        let direction: Int32 = isEncrypting ? 1 : 0
        OpenSSL.check(EVP_CipherInit_ex2(context, OpenSSL.aes256GCM.pointer, key.pointer, nil, direction, nil))
        return context
    }

    /// Ciphertext followed by the tag.
    package func encrypt(_ plain: [UInt8], nonce: [UInt8], data: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: plain.count + Self.tagCount) { result, filled in
            // Of an empty value there is still the tag, so the buffer has an address.
            guard let start = result.baseAddress else { fatalError("a tag is never empty") }
            plain.withUnsafeBytes { encrypt($0, nonce: nonce, data: data, into: start) }
            filled = plain.count + Self.tagCount
        }
    }

    /// The plain text of ciphertext followed by the tag; nil when the tag does not fit.
    package func decrypt(_ sealed: [UInt8], nonce: [UInt8], data: [UInt8]) -> [UInt8]? {
        sealed.withUnsafeBytes { decrypt($0, nonce: nonce, data: data) }
    }

    /// Writes ciphertext followed by the tag.
    func encrypt(
        _ plain: UnsafeRawBufferPointer, nonce: [UInt8], data: [UInt8], into result: UnsafeMutablePointer<UInt8>
    ) {
        // Bodies, uploads and pieces of files are bounded long before, by megabytes.
        precondition(plain.count <= 1 << 30, "a sealed value is at most a gigabyte")
        encryption.lend { context in
            var count: Int32 = 0
            OpenSSL.check(EVP_CipherInit_ex2(context, nil, nil, nonce, -1, nil))
            if !data.isEmpty { OpenSSL.check(EVP_CipherUpdate(context, nil, &count, data, Int32(data.count))) }
            if !plain.isEmpty {
                OpenSSL.check(
                    EVP_CipherUpdate(
                        context, result, &count, plain.bindMemory(to: UInt8.self).baseAddress, Int32(plain.count)))
            }
            var rest: Int32 = 0
            OpenSSL.check(EVP_CipherFinal_ex(context, result + plain.count, &rest))
            OpenSSL.check(
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagCount), result + plain.count))
        }
    }

    /// Nil when the tag does not fit.
    func decrypt(_ sealed: UnsafeRawBufferPointer, nonce: [UInt8], data: [UInt8]) -> [UInt8]? {
        let length = sealed.count - Self.tagCount
        guard length >= 0, length <= 1 << 30, let source = sealed.bindMemory(to: UInt8.self).baseAddress else {
            return nil
        }
        var tag = Array(sealed[length...])
        var isGenuine = false
        let plain = [UInt8](unsafeUninitializedCapacity: length) { result, filled in
            isGenuine = decryption.lend { context in
                var count: Int32 = 0
                OpenSSL.check(EVP_CipherInit_ex2(context, nil, nil, nonce, -1, nil))
                if !data.isEmpty { OpenSSL.check(EVP_CipherUpdate(context, nil, &count, data, Int32(data.count))) }
                if length > 0 {
                    OpenSSL.check(EVP_CipherUpdate(context, result.baseAddress, &count, source, Int32(length)))
                }
                OpenSSL.check(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), &tag))
                var nothing: UInt8 = 0
                return EVP_CipherFinal_ex(context, &nothing, &count) == 1
            }
            filled = length
            if !isGenuine { OPENSSL_cleanse(result.baseAddress, length) }
        }
        if !isGenuine { ERR_clear_error() }
        return isGenuine ? plain : nil
    }
}
