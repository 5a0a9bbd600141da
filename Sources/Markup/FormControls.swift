/// A labelled control of a form, with its hint and the findings about what was entered.
public struct Field: Sendable {
    /// The `name` in the submitted form; also the base of the element's ids.
    public var name: String
    /// What the reader sees beside the control.
    public var label: String
    /// A sentence of help under the control.
    public var hint: String?
    /// What is wrong with the value, in the reader's language.
    public var errors: [String]
    /// Whether the browser insists on a value.
    public var isRequired: Bool

    /// A control of this name, with its label in the reader's language.
    public init(_ name: String, label: String, hint: String? = nil, errors: [String] = [], required: Bool = false) {
        (self.name, self.label, self.hint, self.errors, isRequired) = (name, label, hint, errors, required)
    }

    /// One line of text; `type` is an HTML input type, and `completion` an autocomplete token.
    public func input(_ value: String, type: String = "text", completion: String? = nil) -> HTML {
        let extra: Attributes = ["autocomplete": .optional(completion)]
        return wrapped("<input type=\"\(type)\" value=\"\(value)\"\(common)\(extra)>")
    }

    /// Several lines of text.
    public func area(_ value: String, rows: Int = 4) -> HTML {
        // HTML drops a line feed right after the tag, so one is given up here and the value keeps its own.
        wrapped("<textarea rows=\"\(rows)\"\(common)>\n\(value)</textarea>")
    }

    /// One of several choices; `chosen` is the value of the current one.
    public func select(_ choices: [(value: String, label: String)], chosen: String?) -> HTML {
        let options = choices.map { choice -> HTML in
            let state: Attributes = ["selected": .flag(choice.value == chosen)]
            return "<option value=\"\(choice.value)\"\(state)>\(choice.label)</option>\n"
        }
        return wrapped("<select\(common)>\n\(options)</select>")
    }

    /// A box to tick; it submits `yes` or nothing.
    public func checkbox(_ isChecked: Bool) -> HTML {
        let state: Attributes = ["checked": .flag(isChecked)]
        return """
            <div class="field check\(errors.isEmpty ? "" : " invalid")">
            <input type="checkbox" value="yes"\(common)\(state)>
            <label for="\(identifier)">\(label)</label>
            \(notes)</div>

            """
    }

    /// A value that the form carries along unseen.
    public static func hidden(_ name: String, _ value: String) -> HTML {
        "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">\n"
    }

    private var identifier: String { "field-\(name)" }

    private var common: Attributes {
        let notes = (hint == nil ? [] : ["\(identifier)-hint"]) + (errors.isEmpty ? [] : ["\(identifier)-error"])
        return [
            "id": .text(identifier), "name": .text(name), "required": .flag(isRequired),
            "aria-describedby": .optional(notes.isEmpty ? nil : notes.joined(separator: " ")),
            "aria-invalid": errors.isEmpty ? .flag(false) : "true",
        ]
    }

    private var notes: HTML {
        let hints: HTML = hint.map { "<p class=\"hint\" id=\"\(identifier)-hint\">\($0)</p>\n" } ?? .empty
        guard !errors.isEmpty else { return hints }
        let lines = errors.map { HTML.text($0) }.joined(separator: "<br>")
        return "\(hints)<p class=\"error\" id=\"\(identifier)-error\">\(lines)</p>\n"
    }

    private func wrapped(_ control: HTML) -> HTML {
        """
        <div class="field\(errors.isEmpty ? "" : " invalid")">
        <label for="\(identifier)">\(label)</label>
        \(control)
        \(notes)</div>

        """
    }
}
