import Documents
import Groundwork

extension FormulaReader {
    /// A condition over the household's answers, or over those of one row.
    mutating func condition(
        _ json: JSON, in rows: String?, at path: FieldPath, depth: Int = 0
    ) -> Condition? {
        guard depth < Self.depth else {
            report(path, "depth", "conditions may be nested \(Self.depth) deep; name a part of it as a feature.")
            return nil
        }
        for word in ["all", "any"] {
            guard let items = json[word]?.array else { continue }
            let parts = items.enumerated().compactMap { index, item in
                condition(item, in: rows, at: path.appending(word).appending(index), depth: depth + 1)
            }
            if items.isEmpty { report(path.appending(word), "operands", "needs at least one condition.") }
            guard parts.count == items.count, !parts.isEmpty else { return nil }
            return word == "all" ? .all(parts) : .any(parts)
        }
        if let item = json["not"] {
            return condition(item, in: rows, at: path.appending("not"), depth: depth + 1).map { .not($0) }
        }
        if json["some"] != nil {
            guard rows == nil else {
                report(path, "rows", "a row has no rows of its own; ask the household.")
                return nil
            }
            return gathering(json, rows: "some", at: path).map { .some($0) }
        }
        return comparison(json, in: rows, at: path)
    }

    private mutating func comparison(_ json: JSON, in rows: String?, at path: FieldPath) -> Condition? {
        var reader = JSONReader(json, at: path)
        let name: String? = reader.required("input")
        let word: String? = reader.required("is")
        reader.unknown(allowed: ["input", "is", "value"])
        findings += reader.findings
        guard let name, let word else { return nil }
        guard let input = rows.map({ rowInputs[$0]?[name] }) ?? inputs[name] else {
            let where_ = rows.map { "the rows \($0)" } ?? "the inputs"
            report(
                path.appending("input"), "unknown_input",
                "“\(name)” is not among \(where_); declare it, or correct the name.")
            return nil
        }
        if rows == nil { used.insert(name) }
        if word == "answered" { return .answered(name) }
        let value = json["value"] ?? .null
        if word == "in" {
            guard let codes = value.array?.compactMap(\.string), codes.count == value.array?.count, !codes.isEmpty
            else {
                report(path.appending("value"), "type", "must be a list of codes.")
                return nil
            }
            for code in codes where literal(.string(code), for: input) == nil {
                unknown(code, of: input, at: path.appending("value"))
            }
            return .within(name, codes)
        }
        guard let relation = Condition.Relation(rawValue: word) else {
            report(
                path.appending("is"), "relation",
                "must be one of equals, differs, in, at_least, at_most, above, below, answered.")
            return nil
        }
        guard let answer = literal(value, for: input) else {
            if case .code = input.kind, let code = value.string {
                unknown(code, of: input, at: path.appending("value"))
            } else {
                report(path.appending("value"), "type", "must be \(input.kind.words), as \(name) is.")
            }
            return nil
        }
        if case .number = answer { return .compare(name, relation, answer) }
        guard relation == .equals || relation == .differs else {
            report(path.appending("is"), "type", "\(name) is \(input.kind.words); only equals, differs and in fit it.")
            return nil
        }
        return .compare(name, relation, answer)
    }

    /// The value as an answer of this input; nil when it can be none.
    func literal(_ json: JSON, for input: Input) -> Answer? {
        switch input.kind {
        case .number: ExactDecimal(json: json).map { .number($0) }
        case .code(let codes): json.string.flatMap { codes.contains($0) ? .code($0) : nil }
        case .area: json.string.map { .code($0) }
        case .flag: json.bool.map { .flag($0) }
        case .text: nil
        }
    }

    mutating func checkCodes(_ codes: [String], of name: String, at path: FieldPath) {
        guard let input = inputs[name] else {
            report(path, "unknown_input", "“\(name)” is no input of the formula; declare it, or correct the name.")
            return
        }
        used.insert(name)
        switch input.kind {
        case .code:
            for code in codes where literal(.string(code), for: input) == nil { unknown(code, of: input, at: path) }
        case .area: break
        case .number, .flag, .text:
            report(path, "type", "\(name) is \(input.kind.words), not a code; use a band or a condition.")
        }
    }

    private mutating func unknown(_ code: String, of input: Input, at path: FieldPath) {
        guard case .code(let known) = input.kind else { return }
        report(
            path, "unknown_code",
            "“\(code)” is none of the codes of \(input.name) (\(known.joined(separator: ", "))); correct it, or add it there."
        )
    }
}
