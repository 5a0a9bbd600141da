import Documents
import Groundwork

extension Fields {
    /// A text without control characters, at most `limit` characters; empty counts as missing.
    mutating func text(_ name: String, needed: Bool = false, atMost limit: Int = 200) -> String? {
        guard let value = present(name, needed: needed) else { return nil }
        guard let text = value.string else {
            note(name, "type.text", "A text is expected.")
            return nil
        }
        return checked(text, name, needed: needed, atMost: limit)
    }

    private mutating func checked(_ text: String, _ name: String, needed: Bool, atMost limit: Int) -> String? {
        if text.isEmpty {
            if needed { note(name, "member.missing", "The text is empty; fill it in.") }
            return nil
        }
        guard text.count <= limit else {
            note(name, "text.too_long", "The text is longer than \(limit) characters; shorten it.")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            note(name, "text.control", "The text holds a control character; remove it.")
            return nil
        }
        return text
    }

    /// Texts of a list.
    mutating func texts(_ name: String, atMost limit: Int, length: Int = 80) -> [String]? {
        guard let items = array(name, atMost: limit) else { return nil }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            let place = path.appending(name).appending(index)
            guard let text = item.string, !text.isEmpty else {
                add([Finding(place, code: "type.text", "A text is expected.")])
                continue
            }
            guard text.count <= length else {
                add([Finding(place, code: "text.too_long", "The text is longer than \(length) characters; shorten it.")]
                )
                continue
            }
            texts.append(text)
        }
        return texts
    }

    mutating func id<Subject>(_ name: String, needed: Bool = false) -> ID<Subject>? {
        guard let value = present(name, needed: needed) else { return nil }
        if let id = value.string.flatMap({ ID<Subject>($0) }) { return id }
        note(name, "id.invalid", "An id in the form of a UUID of 36 characters is expected.")
        return nil
    }

    mutating func ids<Subject>(_ name: String, needed: Bool = false, atMost limit: Int) -> [ID<Subject>]? {
        guard let items = array(name, needed: needed, atMost: limit) else { return nil }
        var ids: [ID<Subject>] = []
        for (index, item) in items.enumerated() {
            if let id = item.string.flatMap({ ID<Subject>($0) }) {
                ids.append(id)
            } else {
                add([
                    Finding(
                        path.appending(name).appending(index), code: "id.invalid",
                        "An id in the form of a UUID of 36 characters is expected.")
                ])
            }
        }
        return ids
    }

    mutating func date(_ name: String, needed: Bool = false) -> CalendarDate? {
        guard let value = present(name, needed: needed) else { return nil }
        if let date = value.string.flatMap({ CalendarDate($0) }) { return date }
        note(name, "date.invalid", "A day that exists is expected, written YYYY-MM-DD.")
        return nil
    }

    mutating func int(_ name: String, needed: Bool = false, in range: ClosedRange<Int>) -> Int? {
        guard let value = present(name, needed: needed) else { return nil }
        guard let number = value.int else {
            note(name, "type.integer", "A whole number is expected.")
            return nil
        }
        guard range.contains(number) else {
            note(name, "number.range", "The number lies between \(range.lowerBound) and \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = present(name, needed: false) else { return nil }
        if let truth = value.bool { return truth }
        note(name, "type.boolean", "true or false is expected.")
        return nil
    }

    /// One word of a closed list.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type, needed: Bool = false
    ) -> Choice? {
        guard let value = present(name, needed: needed) else { return nil }
        if let choice = value.string.flatMap(Choice.init(rawValue:)) { return choice }
        let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        note(name, "code.unknown", "One of \(words) is expected.")
        return nil
    }

    /// An object whose members are checked elsewhere, against the dictionary.
    mutating func open(_ name: String, needed: Bool = false) -> JSONObject? {
        guard let value = present(name, needed: needed) else { return nil }
        if let object = value.object { return object }
        note(name, "type.object", "An object is expected.")
        return nil
    }
}
