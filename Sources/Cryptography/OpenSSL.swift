import CCrypto
import Synchronization

/// The algorithms, fetched once: in OpenSSL 3 a fetch by name costs more than a short digest.
enum OpenSSL {
    static let sha256: Algorithm = Algorithm(EVP_MD_fetch(nil, "SHA256", nil), "SHA-256")
    static let hmac: Algorithm = Algorithm(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
    static let aes256GCM: Algorithm = Algorithm(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "AES-256-GCM")
    static let aes256ECB: Algorithm = Algorithm(EVP_CIPHER_fetch(nil, "AES-256-ECB", nil), "AES-256-ECB")

    // Unchecked, because fetched algorithms are immutable, reference-counted inside OpenSSL, and never freed here.
    struct Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ pointer: OpaquePointer?, _ name: StaticString) {
            // All that are fetched belong to OpenSSL's default provider; nothing sent to us names one.
            guard let pointer else { fatalError("OpenSSL offers \(name)") }
            self.pointer = pointer
        }
    }

    /// For calls that fail only when memory or the library itself is broken.
    static func check(_ result: Int32, _ call: StaticString = #function) {
        // Not for opening what others sealed, whose failure is a fault: callers pass keys and lengths of their own only.
        guard result == 1 else { fatalError("OpenSSL succeeds with valid arguments in \(call)") }
    }
}

/// Contexts of one key, lent to one caller at a time; making one costs several times as much as using it.
final class ContextPool: Sendable {
    // Unchecked, because a context is in the pool or with exactly one caller, never both.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let idle = Mutex<[Context]>([])
    private let make: @Sendable () -> OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void
    /// More than the threads that ever compute at once; what comes back beyond it is freed.
    private static let most = 64

    init(make: @escaping @Sendable () -> OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
        (self.make, self.free) = (make, free)
    }

    deinit {
        idle.withLock { contexts in
            for context in contexts { free(context.pointer) }
            contexts = []
        }
    }

    func lend<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        let context = idle.withLock { $0.popLast() } ?? Context(pointer: make())
        defer {
            let isKept = idle.withLock { contexts in
                guard contexts.count < Self.most else { return false }
                contexts.append(context)
                return true
            }
            if !isKept { free(context.pointer) }
        }
        return body(context.pointer)
    }
}
