import Markup
import Testing

@Suite struct `HTML by interpolation` {
    private let nasty = "<script>alert(\"x\")</script> & 'more'"

    @Test func `escapes text and nests HTML`() {
        let cell: HTML = "<td title=\"\(nasty)\">\(nasty)</td>"
        let row: HTML = "<tr>\(cell)\([cell, cell])</tr>"

        #expect(cell.text.hasPrefix("<td title=\"&lt;script&gt;alert(&quot;x&quot;)"))
        #expect(!cell.text.dropFirst(4).contains("<script"))
        #expect(row.text.split(separator: "<td ").count == 4)
    }

    @Test func `escapes text that reaches it as a literal inside an interpolation`() {
        let html: HTML = "<p>\("<b>")</p>"

        #expect(html.text == "<p>&lt;b&gt;</p>")
    }

    @Test func `shows nothing for nil`() {
        let text: String? = nil
        let part: HTML? = nil
        let html: HTML = "<p>\(text)\(part)\(7)</p>"

        #expect(html.text == "<p>7</p>")
    }

    @Test func `never lets a value out of its place`() throws {
        var numbers = Seeded(7)
        let alphabet: [Character] = [
            "<", ">", "\"", "'", "&", "a", "é", ";", "/", "=", " ", "\u{0}", "\u{1B}", "😀", "-", "!",
        ]
        for _ in 0..<2000 {
            let value = String((0..<12).map { _ in alphabet.randomElement(using: &numbers) ?? "a" })

            let escaped = HTML.text(value).text

            #expect(!escaped.contains { "<>\"'\u{0}\u{1B}".contains($0) })
            #expect(
                unescaped(escaped) == value.replacing("\u{0}", with: "\u{FFFD}").replacing("\u{1B}", with: "\u{FFFD}"))
        }
    }

    @Test func `writes attributes that depend on values`() {
        let attributes: Attributes = [
            "checked": true, "disabled": false, "title": .text("\"&"), "lang": .optional(nil),
        ]
        let html: HTML = "<input\(attributes)>"

        #expect(html.text == "<input checked title=\"&quot;&amp;\">")
    }

    @Test func `joins with a separator`() {
        let parts = ["a", "<"].map { HTML.text($0) }

        #expect(parts.joined(separator: ", ").text == "a, &lt;")
    }

    private func unescaped(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
    }
}

@Suite struct `Page parts` {
    @Test func `the frame escapes, marks the current link and keeps scripts in files`() {
        let frame = PageFrame(
            language: "fr", siteName: "Registre <social>", stylesheets: ["/assets/kith.css"],
            scripts: ["/assets/map.js"],
            navigation: [.init("Ménages", href: "/households?a=1&b=2", isCurrent: true), .init("Accueil", href: "/")])

        let page = frame.page(title: "L'accueil", "<h1>Bonjour</h1>").text

        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"fr\" dir=\"ltr\">"))
        #expect(page.contains("<title>L&#39;accueil – Registre &lt;social&gt;</title>"))
        #expect(page.contains("<a href=\"/households?a=1&amp;b=2\" aria-current=\"page\">Ménages</a>"))
        #expect(page.contains("<script type=\"module\" src=\"/assets/map.js\"></script>"))
        #expect(page.contains("<main id=\"main\" tabindex=\"-1\">\n<h1>Bonjour</h1>"))
        #expect(!page.contains("style="))
    }

    @Test func `a field ties label, hint and errors to its control`() {
        let field = Field("birth_date", label: "Born", hint: "Day < month", errors: ["No such day"], required: true)

        let html = field.input("2001-02-30").text

        #expect(html.contains("<label for=\"field-birth_date\">Born</label>"))
        #expect(html.contains("id=\"field-birth_date\" name=\"birth_date\" required"))
        #expect(
            html.contains("aria-describedby=\"field-birth_date-hint field-birth_date-error\" aria-invalid=\"true\""))
        #expect(html.contains("<p class=\"hint\" id=\"field-birth_date-hint\">Day &lt; month</p>"))
        #expect(html.contains("value=\"2001-02-30\""))
    }

    @Test func `a selection marks what is chosen`() {
        let html = Field("sex", label: "Sex").select([("f", "Female"), ("m", "Male")], chosen: "m").text

        #expect(html.contains("<option value=\"m\" selected>Male</option>"))
        #expect(html.contains("<option value=\"f\">Female</option>"))
    }
}
