/// A small check that a page is well formed: every element closed in order, every attribute quoted, ids once.
struct TagBalance {
    private(set) var mistakes: [String] = []
    private(set) var links: [String] = []
    private(set) var ids: Set<String> = []
    private(set) var headings: [Int] = []

    private static let empty: Set<String> = ["meta", "link", "br", "hr", "img", "input", "path", "rect"]

    init(_ page: String) {
        var open: [String] = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<") {
            guard let end = rest[start...].firstIndex(of: ">") else {
                mistakes.append("a tag does not end")
                return
            }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("!") { continue }
            if tag.hasPrefix("/") {
                let name = String(tag.dropFirst())
                if open.last == name {
                    open.removeLast()
                } else {
                    mistakes.append("</\(name)> closes \(open.last ?? "nothing")")
                }
                continue
            }
            let name = String(tag.prefix { !$0.isWhitespace && $0 != "/" })
            read(attributes: tag.dropFirst(name.count), of: name)
            if !Self.empty.contains(name), !tag.hasSuffix("/") { open.append(name) }
        }
        if !open.isEmpty { mistakes.append("never closed: \(open)") }
    }

    private mutating func read(attributes: Substring, of name: String) {
        if name.count == 2, name.hasPrefix("h"), let level = Int(name.dropFirst()) { headings.append(level) }
        var rest = attributes.drop { $0.isWhitespace || $0 == "/" }
        while !rest.isEmpty {
            let key = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else {
                rest = rest.drop { $0.isWhitespace || $0 == "/" }
                continue
            }
            rest = rest.dropFirst()
            guard rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") else {
                return mistakes.append("<\(name) \(key)> is not quoted")
            }
            let value = String(rest[rest.index(after: rest.startIndex)..<end])
            note(key, value)
            rest = rest[rest.index(after: end)...].drop { $0.isWhitespace || $0 == "/" }
        }
    }

    private mutating func note(_ key: String, _ value: String) {
        switch key {
        case "href", "src": links.append(value)
        case "id": if !ids.insert(value).inserted { mistakes.append("the id \(value) stands twice") }
        case "style": mistakes.append("a style stands inline")
        case let key where key.hasPrefix("on"): mistakes.append("a script stands inline: \(key)")
        default: break
        }
    }

    /// Whether no heading skips a level.
    var isOrdered: Bool {
        headings.first == 1 && zip(headings, headings.dropFirst()).allSatisfy { $1 <= $0 + 1 }
    }
}
