import Documents
import Runtime

/// Where a command talks: results on standard output, what is going on on standard error.
struct Console: Sendable {
    let wantsJSON: Bool
    let output: Terminal
    let notes: Terminal

    init(
        wantsJSON: Bool, output: Terminal = .standardOutput, notes: Terminal = .standardError
    ) {
        (self.wantsJSON, self.output, self.notes) = (wantsJSON, output, notes)
    }

    /// What a person wants to know while waiting.
    func note(_ text: String) {
        notes.write("kith: \(text)\n")
    }

    /// What the command was called for: `text` for people, or one JSON object.
    func result(_ text: @autoclosure () -> String, _ object: @autoclosure () -> JSONObject) {
        if wantsJSON {
            output.write(JSON.object(object()).text + "\n")
        } else {
            let text = text()
            output.write(text.hasSuffix("\n") || text.isEmpty ? text : text + "\n")
        }
    }

    /// A bar on standard error; it shows itself only on a terminal.
    func progress(_ title: String, total: Int?, unit: String) -> ProgressBar {
        ProgressBar(title, total: total, unit: unit, on: notes)
    }
}

/// Numbers as people read them.
enum Grouped {
    /// `12345` as `12,345`.
    static func number(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// `1 household`, `2 households`.
    static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number(value)) \(value == 1 ? one : many ?? one + "s")"
    }
}
