/// Named values in the order sent: the query of a URL, or the fields of a submitted form.
public struct Query: Sendable, Sequence, ExpressibleByDictionaryLiteral {
    /// One name with its value, both decoded; a name without `=` has the empty value.
    public typealias Item = (name: String, value: String)

    private var items: [Item] = []

    /// No values.
    public init() {}

    /// Values already decoded.
    public init(_ items: [Item]) {
        self.items = items
    }

    /// Decoded values in the order written.
    public init(dictionaryLiteral elements: (String, String)...) {
        items = elements.map { (name: $0.0, value: $0.1) }
    }

    /// Reads `a=1&b=2` (application/x-www-form-urlencoded); nil when an escape is broken or the text is not UTF-8.
    public init?(parsing text: some StringProtocol) {
        for part in text.split(separator: "&") {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decode(halves[0], plusIsSpace: true) else { return nil }
            guard let value = PercentCoding.decode(halves.count > 1 ? halves[1] : "", plusIsSpace: true) else {
                return nil
            }
            items.append((name, value))
        }
    }

    /// Whether nothing was sent.
    public var isEmpty: Bool { items.isEmpty }
    /// How many values there are, repeated names counted each time.
    public var count: Int { items.count }

    /// The first value of this name.
    public subscript(name: String) -> String? { first(name) }

    /// The first value of this name.
    public func first(_ name: String) -> String? { items.first { $0.name == name }?.value }

    /// Every value of this name, in order.
    public func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// Names that stand here and not in `known`, in order and once each; for doors that refuse what they do not know.
    public func unknown(besides known: Set<String>) -> [String] {
        var seen = known
        return items.map(\.name).filter { seen.insert($0).inserted }
    }

    /// The encoded text, without a leading `?`.
    public var encoded: String {
        items.map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }.joined(separator: "&")
    }

    public func makeIterator() -> IndexingIterator<[Item]> { items.makeIterator() }
}
