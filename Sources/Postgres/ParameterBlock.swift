/// The arrays that libpq wants beside a statement, kept between calls so that a call allocates nothing.
final class ParameterBlock {
    private(set) var types: UnsafeMutablePointer<UInt32>
    private(set) var values: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private(set) var lengths: UnsafeMutablePointer<Int32>
    /// All ones: every value travels in binary.
    private(set) var formats: UnsafeMutablePointer<Int32>
    private var capacity = 16
    /// Somewhere to point at for values of no bytes, which must not look like NULL.
    private let empty = UnsafeMutablePointer<CChar>.allocate(capacity: 1)

    init() {
        empty.initialize(to: 0)
        types = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        lengths = .allocate(capacity: capacity)
        formats = .allocate(capacity: capacity)
        formats.initialize(repeating: 1, count: capacity)
    }

    deinit {
        free()
        empty.deallocate()
    }

    private func free() {
        types.deallocate()
        values.deallocate()
        lengths.deallocate()
        formats.deallocate()
    }

    private func grow(to count: Int) {
        free()
        capacity = max(count, capacity * 2)
        types = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        lengths = .allocate(capacity: capacity)
        formats = .allocate(capacity: capacity)
        formats.initialize(repeating: 1, count: capacity)
    }

    func load(_ sql: SQL) {
        if sql.slots.count > capacity { grow(to: sql.slots.count) }
        for (index, slot) in sql.slots.enumerated() {
            types[index] = slot.type
            lengths[index] = Int32(truncatingIfNeeded: max(0, slot.length))
        }
    }

    func point(_ sql: SQL, at base: UnsafePointer<CChar>?) {
        for (index, slot) in sql.slots.enumerated() {
            switch slot.length {
            case ..<0: values[index] = nil
            case 0: values[index] = UnsafePointer(empty)
            default: values[index] = base?.advanced(by: slot.start)
            }
        }
    }
}

extension SQL {
    func withValueBytes<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
        values.bytes.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self)) }
    }
}
