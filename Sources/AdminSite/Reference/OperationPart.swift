import Markup

/// One operation on the page.
enum OperationPart {
    static func html(_ operation: Reference.Operation) -> HTML {
        """
        <article class="operation" id="\(operation.id)">
        <h3><a href="#\(operation.id)">\(operation.summary)</a></h3>
        <p class="call"><span class="method \(operation.method.lowercased())">\(operation.method)</span>\
        \(operation.path)</p>
        \(scope(operation))\(operation.description.map { "<p>\($0)</p>\n" as HTML })\
        \(parameters(operation.parameters))\(body(operation.body))\(answers(operation.answers))</article>

        """
    }

    private static func scope(_ operation: Reference.Operation) -> HTML {
        guard let scope = operation.scope else { return "<p class=\"scope\">Open to anybody.</p>\n" }
        return "<p class=\"scope\">Needs the scope <code>\(scope)</code>.</p>\n"
    }

    private static func parameters(_ parameters: [Reference.Parameter]) -> HTML {
        guard !parameters.isEmpty else { return .empty }
        let rows = parameters.map { parameter -> HTML in
            """
            <tr><td><code>\(parameter.name)</code>\(needed(parameter.isRequired))</td><td>\(parameter.place)</td>\
            <td>\(ShapePart.inline(parameter.type))</td><td>\(parameter.description)</td></tr>

            """
        }
        return """
            <h4>Parameters</h4>
            <div class="scroll">
            <table>
            <thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Type</th>\
            <th scope="col">Meaning</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            </div>

            """
    }

    static func needed(_ isNeeded: Bool) -> HTML {
        isNeeded ? " <span class=\"needed\">needed</span>" : .empty
    }

    private static func body(_ contents: [Reference.Content]) -> HTML {
        guard !contents.isEmpty else { return .empty }
        return """
            <h4>Body</h4>
            <p>\(contents.map(content).joined(separator: ", "))</p>

            """
    }

    private static func content(_ content: Reference.Content) -> HTML {
        let type: HTML = content.type.map { ": \(ShapePart.inline($0))" } ?? .empty
        return "<code>\(content.mediaType)</code>\(type)"
    }

    private static func answers(_ answers: [Reference.Answer]) -> HTML {
        let rows = answers.map { answer -> HTML in
            let headers = answer.headers.map { header -> HTML in
                "<br><code>\(header.name)</code>: \(header.description)"
            }
            let contents = answer.content.map(content).joined(separator: ", ")
            return """
                <tr><td><code>\(answer.status)</code></td><td>\(answer.description)\(headers)</td><td>\(contents)</td></tr>

                """
        }
        return """
            <h4>Answers</h4>
            <div class="scroll">
            <table>
            <thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Content</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            </div>

            """
    }
}
