import Markup

/// The API reference: a page that can be searched and linked into without any script.
struct ReferencePage: Sendable {
    let reference: Reference
    let installation: FrontDoor.Installation

    init(_ reference: Reference, installation: FrontDoor.Installation) {
        (self.reference, self.installation) = (reference, installation)
    }

    /// The page in UTF-8.
    var rendered: [UInt8] { html.bytes }

    var html: HTML {
        Frame.page(
            .reference, title: "API reference", installation: installation,
            """
            <div class="hero">
            <h1>\(reference.title)</h1>
            <p class="lead">Version \(reference.version). \(reference.description)</p>
            <p class="actions"><a class="button quiet" href="/api/v1/openapi.json">OpenAPI document</a></p>
            </div>
            \(rules)
            <section aria-labelledby="contents">
            <h2 id="contents">Contents</h2>
            <ul class="chapters">
            \(reference.chapters.map(Self.entry))\
            <li><a href="#schemas"><strong>Schemas</strong></a></li>
            </ul>
            </section>
            \(reference.chapters.map(Self.chapter))
            <section class="chapter" aria-labelledby="schemas">
            <h2 id="schemas">Schemas</h2>
            \(reference.shapes.map(ShapePart.named))</section>
            """)
    }

    private var rules: HTML {
        """
        <section aria-labelledby="rules">
        <h2 id="rules">What holds everywhere</h2>
        <ul>
        <li>Send <code>Authorization: Bearer …</code>; each operation names the scope that the token needs.</li>
        <li>Bodies are JSON in UTF-8. What is not known is refused, with a pointer to it and what to do.</li>
        <li>Errors are <code>application/problem+json</code> (RFC 9457); <code>code</code> is stable, and \
        <code>errors</code> names every place to correct at once.</li>
        <li>Every <code>POST</code> takes an <code>Idempotency-Key</code>: sent again, it answers what it answered before.</li>
        <li>A read answers an <code>ETag</code>, the version; <code>If-Match</code> refuses a change to another version \
        with 412.</li>
        <li>Days are written <code>2026-03-01</code>, instants <code>2026-03-01T12:00:00Z</code>.</li>
        <li>Identifiers and phone numbers show their last characters; the scope <code>registry.identifiers</code> shows \
        them in full.</li>
        </ul>
        </section>
        """
    }

    static func anchor(_ name: String) -> String {
        String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
    }

    private static func entry(_ chapter: Reference.Chapter) -> HTML {
        let items = chapter.operations.map { operation -> HTML in
            "<li><a href=\"#\(operation.id)\">\(operation.summary)</a></li>\n"
        }
        return """
            <li><a href="#chapter-\(anchor(chapter.name))"><strong>\(chapter.name)</strong></a>
            <ul>
            \(items)</ul></li>

            """
    }

    private static func chapter(_ chapter: Reference.Chapter) -> HTML {
        """
        <section class="chapter" aria-labelledby="chapter-\(anchor(chapter.name))">
        <h2 id="chapter-\(anchor(chapter.name))">\(chapter.name) <a class="back" href="#contents">Contents</a></h2>
        \(chapter.summary.map { "<p>\($0)</p>\n" as HTML })\(chapter.operations.map(OperationPart.html))</section>

        """
    }
}
