/// The statements that one connection has prepared, by text and types; the least recently used make room.
struct StatementCache {
    struct Key: Hashable {
        let text: String
        let types: [UInt32]

        func hash(into hasher: inout Hasher) {
            // One text has one list of types nearly always; hashing the text alone is cheaper.
            hasher.combine(text)
        }
    }

    /// A statement that has, or is about to have, a name at the server.
    final class Entry {
        let name: String
        var isPrepared = false
        var lastUse: UInt64 = 0

        init(name: String) {
            self.name = name
        }
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var serial = 0
    /// Names that the server still holds and nobody uses any more.
    private(set) var retired: [String] = []

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { entries.count }

    mutating func entry(for sql: SQL) -> Entry {
        clock += 1
        let key = Key(text: sql.text, types: sql.slots.map(\.type))
        if let entry = entries[key] {
            entry.lastUse = clock
            return entry
        }
        serial += 1
        let entry = Entry(name: "k\(serial)")
        entry.lastUse = clock
        if entries.count >= capacity { evict() }
        entries[key] = entry
        return entry
    }

    private mutating func evict() {
        guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
        entries[oldest.key] = nil
        if oldest.value.isPrepared { retired.append(oldest.value.name) }
    }

    mutating func takeRetired() -> [String] {
        defer { retired = [] }
        return retired
    }

    /// Forgets every statement after the server refused one as stale; the names are dropped at the next chance.
    mutating func reset() {
        retired += entries.values.filter(\.isPrepared).map(\.name)
        entries = [:]
    }
}
