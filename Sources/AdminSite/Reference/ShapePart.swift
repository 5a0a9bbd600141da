import Markup

/// Schemas on the page: in a line of text, and as a part of their own with an anchor.
enum ShapePart {
    static func anchor(_ name: String) -> String { "schema-" + name }

    /// In a line: named shapes are links.
    static func inline(_ shape: Shape) -> HTML {
        switch shape {
        case .named(let name): "<a href=\"#\(anchor(name))\">\(name)</a>"
        case .plain(let words): .text(words)
        case .list(let item): "list of \(inline(item))"
        case .object: "object"
        case .oneOf(let choices): choices.map(inline).joined(separator: " or ")
        }
    }

    /// A part with an anchor.
    static func named(_ named: Reference.NamedShape) -> HTML {
        """
        <article class="schema" id="\(anchor(named.name))">
        <h3>\(named.name)</h3>
        \(block(named.shape))</article>

        """
    }

    private static func block(_ shape: Shape) -> HTML {
        guard case .object(let object) = shape else { return "<p>\(inline(shape))</p>\n" }
        let description: HTML = object.description.map { "<p>\($0)</p>\n" } ?? .empty
        guard !object.members.isEmpty else { return description }
        return """
            \(description)<div class="scroll">
            <table>
            <thead><tr><th scope="col">Member</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
            <tbody>
            \(rows(object, within: "", depth: 0))</tbody>
            </table>
            </div>

            """
    }

    /// Members of objects within stand below their owner, with its name before theirs.
    private static func rows(_ object: Shape.Object, within: String, depth: Int) -> HTML {
        object.members.map { member -> HTML in
            let name = within + member.name
            let row: HTML = """
                <tr><td><code>\(name)</code>\(OperationPart.needed(member.isRequired))</td>\
                <td>\(inline(member.shape))</td><td>\(member.description)</td></tr>

                """
            guard depth < 4, let inner = inner(member.shape) else { return row }
            return row + rows(inner.object, within: name + inner.mark, depth: depth + 1)
        }.joined()
    }

    /// The unnamed object inside a shape, and what stands between its owner's name and its members'.
    private static func inner(_ shape: Shape) -> (object: Shape.Object, mark: String)? {
        switch shape {
        case .object(let object): (object, ".")
        case .list(let item): inner(item).map { ($0.object, "[]" + $0.mark) }
        case .oneOf(let choices): choices.lazy.compactMap(inner).first
        case .named, .plain: nil
        }
    }
}
