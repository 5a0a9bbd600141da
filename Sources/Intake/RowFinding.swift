package import Documents

/// What is wrong with one line, for the person who mends it.
package struct RowFinding: Sendable, Equatable {
    /// Column of the file; empty when the whole line is meant.
    package var field: String
    /// Stable code, e.g. `date.invalid`.
    package var code: String
    package var reason: String
    package var remedy: String

    package init(_ field: String, _ code: String, _ reason: String, _ remedy: String) {
        (self.field, self.code, self.reason, self.remedy) = (field, code, reason, remedy)
    }

    /// A sound line whose household holds a bad one.
    static let held: RowFinding = RowFinding(
        "", "household.held", "Another line of this household is bad.",
        "Send the whole household again when the bad line is mended.")

    package var json: JSON {
        .object([
            "field": .string(field), "code": .string(code), "reason": .string(reason), "remedy": .string(remedy),
        ])
    }

    package init?(json: JSON) {
        guard let field = json["field"]?.string, let code = json["code"]?.string else { return nil }
        self.init(field, code, json["reason"]?.string ?? "", json["remedy"]?.string ?? "")
    }
}
