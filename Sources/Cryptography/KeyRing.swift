import CCrypto
import Synchronization

/// Every key of an installation, derived from one master key by HKDF-SHA256, each for one purpose only.
///
/// Copies share their state; the derived keys are wiped from memory when the last copy goes.
public struct KeyRing: Sendable {
    private let keys: Keys

    /// - Throws: `.keyLength` unless the master key has 32 bytes.
    public init(masterKey: [UInt8]) throws(CryptographyFault) {
        guard masterKey.count == 32 else { throw .keyLength }
        keys = Keys(HKDF.extract(masterKey, salt: Array("kith key ring 1".utf8)))
    }

    /// The keyed index of a value: equal values of one domain give equal codes, and nothing else is to be seen.
    ///
    /// - Parameters:
    ///   - domain: what kind of value it is, e.g. `identifier:NID`; each has a key of its own.
    ///   - value: the value in its normalised form.
    /// - Returns: HMAC-SHA256, 32 bytes.
    public func index(_ domain: String, _ value: String) -> [UInt8] {
        let pool = keys.indexPool(domain)
        var value = value
        return value.withUTF8 { HMACSHA256.code(UnsafeRawBufferPointer($0), with: pool) }
    }

    /// The same for a value that is not text.
    public func index(_ domain: String, _ value: [UInt8]) -> [UInt8] {
        let pool = keys.indexPool(domain)
        return value.withUnsafeBytes { HMACSHA256.code($0, with: pool) }
    }

    /// Encrypts and signs a value: AES-256-GCM with a random nonce.
    ///
    /// Nonces are random: one key ring may seal 2³² values (NIST SP 800-38D section 8.3) before it should be renewed.
    /// - Parameter context: where the value belongs, e.g. `identifier:NID`; it opens in the same context only.
    /// - Returns: version byte 1, 12-byte nonce, ciphertext, 16-byte tag.
    public func seal(_ plain: [UInt8], context: String) -> [UInt8] {
        let nonce = Randomness.bytes(SealingKey.nonceCount)
        let total = 1 + SealingKey.nonceCount + plain.count + SealingKey.tagCount
        return [UInt8](unsafeUninitializedCapacity: total) { result, filled in
            // Of an empty value there are still version, nonce and tag, so the buffer has an address.
            guard let start = result.baseAddress else { fatalError("a sealed value is never empty") }
            start[0] = SealingKey.version
            (start + 1).update(from: nonce, count: nonce.count)
            plain.withUnsafeBytes {
                keys.sealing.encrypt($0, nonce: nonce, data: Array(context.utf8), into: start + 1 + nonce.count)
            }
            filled = total
        }
    }

    /// Gives back what was sealed.
    /// - Throws: `.sealedForm` for something else, `.sealedForged` when it was changed or belongs to another context or key.
    public func open(_ sealed: [UInt8], context: String) throws(CryptographyFault) -> [UInt8] {
        let start = 1 + SealingKey.nonceCount
        guard sealed.count >= start + SealingKey.tagCount, sealed[0] == SealingKey.version else { throw .sealedForm }
        let nonce = Array(sealed[1..<start])
        let plain = sealed.withUnsafeBytes { bytes in
            keys.sealing.decrypt(
                UnsafeRawBufferPointer(rebasing: bytes[start...]), nonce: nonce, data: Array(context.utf8))
        }
        guard let plain else { throw .sealedForged }
        return plain
    }

    /// Shuffles the numbers below a bound: different counters give different numbers, in an order that only the key tells.
    ///
    /// - Parameters:
    ///   - counter: 0 to `bound` − 1.
    ///   - bound: 1 to 2⁶².
    ///   - domain: what is numbered; each has an order of its own.
    public func permute(_ counter: UInt64, below bound: UInt64, domain: String) -> UInt64 {
        precondition(bound >= 1 && bound <= 1 << 62 && counter < bound, "a counter lies below its bound")
        return keys.permutation(domain).permute(counter, below: bound)
    }

    /// Eight bytes that tell one key ring from another and nothing about the keys; kept beside data to notice a wrong key file.
    public var fingerprint: [UInt8] { Array(keys.derive("fingerprint").bytes.prefix(8)) }
}

/// The derived keys of one ring, made when first asked for.
private final class Keys: Sendable {
    private let root: Secret
    let sealing: SealingKey
    private let indexes = Mutex<[String: ContextPool]>([:])
    private let permutations = Mutex<[String: Permutation]>([:])
    /// Domains are a few dozen words of the program; more would mean that data leaked into one.
    private static let mostDomains = 1024

    init(_ root: [UInt8]) {
        self.root = Secret(root)
        sealing = SealingKey(Secret(HKDF.expand(root, purpose: Array("seal".utf8), count: 32)))
    }

    func derive(_ purpose: String) -> Secret {
        Secret(HKDF.expand(root.bytes, purpose: Array(purpose.utf8), count: 32))
    }

    func indexPool(_ domain: String) -> ContextPool {
        indexes.withLock { indexes in
            if let pool = indexes[domain] { return pool }
            if indexes.count >= Self.mostDomains { indexes.removeAll() }
            let pool = HMACSHA256.keyed(derive("index/" + domain))
            indexes[domain] = pool
            return pool
        }
    }

    func permutation(_ domain: String) -> Permutation {
        permutations.withLock { permutations in
            if let permutation = permutations[domain] { return permutation }
            if permutations.count >= Self.mostDomains { permutations.removeAll() }
            let permutation = Permutation(derive("permute/" + domain))
            permutations[domain] = permutation
            return permutation
        }
    }
}
