/// The members of a JSON object in the order in which they were written.
///
/// Small objects are searched from the front; beyond 64 members a hash index is kept. Equality ignores the order.
public struct JSONObject: Sendable, Sequence {
    /// One member.
    public typealias Element = (key: String, value: JSON)

    private var members: [Member] = []
    private var places: [String: Int]?

    struct Member: Sendable {
        var key: String
        var value: JSON
    }

    /// Where the search from the front starts to cost more than hashing.
    private static let linearLimit = 64

    /// An object without members.
    public init() {}

    /// The last of several values for one key holds, at the place of the first.
    public init(_ pairs: some Sequence<(String, JSON)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// The number of members.
    public var count: Int { members.count }
    /// True when there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The member names, in order.
    public var keys: [String] { members.map(\.key) }

    /// The member values, in order.
    public var values: [JSON] { members.map(\.value) }

    /// The value of a member; setting nil removes it, setting a new name adds it at the end.
    public subscript(_ key: String) -> JSON? {
        get { place(of: key).map { members[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let place = place(of: key) {
                members[place].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// The value of a member, or the given one when there is none.
    public subscript(_ key: String, default fallback: @autoclosure () -> JSON) -> JSON {
        get { self[key] ?? fallback() }
        set { self[key] = newValue }
    }

    /// True when there is a member of that name, be its value null.
    public func contains(_ key: String) -> Bool { place(of: key) != nil }

    /// Removes a member and gives its value; nil when there was none.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? {
        guard let place = place(of: key) else { return nil }
        let old = members.remove(at: place)
        rebuildPlaces()
        return old.value
    }

    /// Removes a member and gives its value; nil when there was none.
    @discardableResult
    public mutating func removeValue(_ key: String) -> JSON? { removeValue(forKey: key) }

    /// Takes over the other's members; its values hold where both have one.
    public mutating func merge(_ other: JSONObject) {
        for (key, value) in other { self[key] = value }
    }

    /// The same names with changed values.
    public func mapValues<E: Error>(_ transform: (JSON) throws(E) -> JSON) throws(E) -> JSONObject {
        var copy = self
        for place in copy.members.indices {
            copy.members[place].value = try transform(copy.members[place].value)
        }
        return copy
    }

    public func makeIterator() -> Iterator { Iterator(base: members.makeIterator()) }
    public var underestimatedCount: Int { members.count }

    /// Gives the members in order.
    public struct Iterator: IteratorProtocol {
        var base: IndexingIterator<[Member]>

        public mutating func next() -> (key: String, value: JSON)? {
            base.next().map { ($0.key, $0.value) }
        }
    }

    func place(of key: String) -> Int? {
        if let places { return places[key] }
        for place in members.indices where members[place].key == key { return place }
        return nil
    }

    /// Adds a member whose name the caller knows to be new; faster than the subscript, which looks first.
    public mutating func append(_ key: String, _ value: JSON) {
        members.append(Member(key: key, value: value))
        if places != nil {
            places?[key] = members.count - 1
        } else if members.count > Self.linearLimit {
            rebuildPlaces()
        }
    }

    @inline(__always)
    func forEachMember(_ body: (Member) -> Void) {
        for member in members { body(member) }
    }

    mutating func reserve(_ count: Int) { members.reserveCapacity(count) }

    /// Members by the order of their names' UTF-8 bytes, for the canonical form.
    func sortedMembers() -> [Member] {
        // The first eight bytes as a number tell most names apart with one comparison.
        var order: [(prefix: UInt64, place: Int)] = []
        order.reserveCapacity(members.count)
        for place in members.indices { order.append((Self.prefix(of: members[place].key), place)) }
        order.sort { left, right in
            left.prefix == right.prefix
                ? members[left.place].key.utf8.lexicographicallyPrecedes(members[right.place].key.utf8)
                : left.prefix < right.prefix
        }
        return order.map { members[$0.place] }
    }

    /// The first eight bytes, the first one highest; zeros where there are fewer.
    private static func prefix(of key: String) -> UInt64 {
        var result: UInt64 = 0
        var count: UInt64 = 0
        for byte in key.utf8 {
            if count == 8 { break }
            result = result << 8 | UInt64(byte)
            count += 1
        }
        return count == 0 ? 0 : result << (8 * (8 - count))
    }

    private mutating func rebuildPlaces() {
        guard members.count > Self.linearLimit else {
            places = nil
            return
        }
        var fresh: [String: Int] = Dictionary(minimumCapacity: members.count * 2)
        for place in members.indices { fresh[members[place].key] = place }
        places = fresh
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // Addition makes the order of members not matter.
        var sum = 0
        for member in members {
            var one = Hasher()
            one.combine(member.key)
            one.combine(member.value)
            sum &+= one.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(elements)
    }
}
