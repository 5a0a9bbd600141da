import Documents
import Groundwork

/// Reads the members of one JSON object strictly: each trouble becomes a finding with its place and the remedy.
///
/// Members are asked for one by one; `finish` refuses those that nobody asked for.
struct Fields {
    let object: JSONObject
    let path: FieldPath
    private(set) var findings: [Finding] = []
    private var known: [String] = []

    init(_ object: JSONObject, at path: FieldPath = .root) {
        (self.object, self.path) = (object, path)
    }

    mutating func note(_ name: String, _ code: String, _ summary: String) {
        findings.append(Finding(path.appending(name), code: code, summary))
    }

    mutating func add(_ others: [Finding]) {
        findings += others
    }

    /// The member, and a note that its name is known here.
    mutating func member(_ name: String) -> JSON? {
        if !known.contains(name) { known.append(name) }
        return object[name]
    }

    func has(_ name: String) -> Bool {
        object[name].map { !$0.isNull } ?? false
    }

    /// The member when it is there and not null; a finding when it is needed and missing.
    mutating func present(_ name: String, needed: Bool) -> JSON? {
        if let value = member(name), !value.isNull { return value }
        if needed { note(name, "member.missing", "This member is needed.") }
        return nil
    }

    /// Refuses members that were never asked for.
    mutating func finish() {
        for (name, _) in object where !known.contains(name) {
            note(
                String(name.prefix(80)), "member.unknown",
                "This member is not known here; remove it or correct its name. Known are \(known.joined(separator: ", "))."
            )
        }
    }

    /// Reads a member that is an object.
    mutating func nested<Value>(
        _ name: String, needed: Bool = false, _ body: (inout Fields) -> Value?
    ) -> Value? {
        guard let value = present(name, needed: needed) else { return nil }
        guard let object = value.object else {
            note(name, "type.object", "An object is expected.")
            return nil
        }
        var fields = Fields(object, at: path.appending(name))
        let result = body(&fields)
        fields.finish()
        findings += fields.findings
        return result
    }

    /// Reads a member that is a list of objects.
    mutating func list<Value>(
        _ name: String, needed: Bool = false, atMost limit: Int, _ body: (inout Fields) -> Value?
    ) -> [Value]? {
        guard let items = array(name, needed: needed, atMost: limit) else { return nil }
        var values: [Value] = []
        for (index, item) in items.enumerated() {
            let place = path.appending(name).appending(index)
            guard let object = item.object else {
                findings.append(Finding(place, code: "type.object", "An object is expected."))
                continue
            }
            var fields = Fields(object, at: place)
            if let value = body(&fields) { values.append(value) }
            fields.finish()
            findings += fields.findings
        }
        return values
    }

    /// The items of a member that is a list.
    mutating func array(_ name: String, needed: Bool = false, atMost limit: Int) -> [JSON]? {
        guard let value = present(name, needed: needed) else { return nil }
        guard let items = value.array else {
            note(name, "type.list", "A list is expected.")
            return nil
        }
        guard items.count <= limit else {
            note(name, "list.too_long", "At most \(limit) items are accepted.")
            return nil
        }
        return items
    }
}
