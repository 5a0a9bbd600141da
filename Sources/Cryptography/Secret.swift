import CCrypto

/// Key bytes in memory of their own, wiped when nobody needs them any more.
// Unchecked, because the bytes are written once, before anybody else sees the object.
final class Secret: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        memory = .allocate(capacity: max(1, bytes.count))
        memory.initialize(repeating: 0)
        _ = memory.update(fromContentsOf: bytes)
        count = bytes.count
    }

    deinit {
        OPENSSL_cleanse(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    let count: Int
    var pointer: UnsafePointer<UInt8>? { UnsafePointer(memory.baseAddress) }
    var bytes: [UInt8] { Array(memory.prefix(count)) }
}
