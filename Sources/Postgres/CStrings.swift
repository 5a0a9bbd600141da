/// A null-terminated array of C strings, as libpq and `posix_spawn` take them.
final class CStrings {
    let mutablePointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        mutablePointer = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() {
            let bytes = text.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            for (place, byte) in bytes.enumerated() { (copy + place).initialize(to: byte) }
            (mutablePointer + index).initialize(to: copy)
        }
        (mutablePointer + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { mutablePointer[index]?.deallocate() }
        mutablePointer.deallocate()
    }

    /// The same array for functions that promise not to write.
    var pointer: UnsafePointer<UnsafePointer<CChar>?> {
        UnsafeRawPointer(mutablePointer).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
    }
}
