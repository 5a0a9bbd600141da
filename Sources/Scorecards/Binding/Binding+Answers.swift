public import Documents

extension Binding {
    /// How many of the fields of this binding the row has.
    public func fit(_ row: JSON) -> Int {
        let source = answers(of: row)
        return inputs.values.count { Self.value($0.name, in: source) != nil }
            + rows.values.count { Self.value($0.field, in: source) != nil }
    }

    /// The answers of one row in the formula's own names.
    ///
    /// Empty text, null and absent are the same: missing. What cannot be understood is a trouble, and never a guess.
    public func answers(_ row: JSON, for formula: Formula) -> Answers {
        let source = answers(of: row)
        var answers = Answers()
        for input in formula.inputs {
            guard let field = inputs[input.name] else { continue }
            switch Self.read(Self.value(field.name, in: source), field, input) {
            case .answer(let answer): answers.values[input.name] = answer
            case .missing: break
            case .trouble(let reason): answers.troubles[input.name] = reason
            }
        }
        for set in formula.rows {
            guard let bound = rows[set.name], let list = Self.value(bound.field, in: source), !list.isNull else {
                continue
            }
            Self.read(list, bound, set, into: &answers)
        }
        return answers
    }

    /// One list of a household alone, under the formula's own name for it.
    func rows(_ name: String, of row: JSON, for formula: Formula) -> Answers {
        var answers = Answers()
        guard let bound = rows[name], let set = formula.rowSet(name), let list = row[name], !list.isNull else {
            return answers
        }
        Self.read(list, bound, set, into: &answers)
        return answers
    }

    private static func read(_ list: JSON, _ bound: Rows, _ set: RowSet, into answers: inout Answers) {
        guard let items = list.array else {
            answers.troubles[set.name] = "it is no list"
            return
        }
        let read = items.map { item in
            var values: [String: Answer] = [:]
            for input in set.inputs {
                guard let field = bound.inputs[input.name] else { continue }
                switch Self.read(Self.value(field.name, in: item), field, input) {
                case .answer(let answer): values[input.name] = answer
                case .missing: break
                case .trouble(let reason): answers.troubles[set.name] = reason
                }
            }
            return values
        }
        if answers.troubles[set.name] == nil { answers.rows[set.name] = read }
    }

    func answers(of row: JSON) -> JSON {
        guard let name = self.row, let inner = row[name], inner.object != nil else { return row }
        return inner
    }

    /// A member by its whole name, else by the path that its points make.
    static func value(_ name: String, in json: JSON) -> JSON? {
        if let direct = json[name] { return direct }
        var current: JSON? = json
        for step in name.split(separator: ".") { current = current?[String(step)] }
        return name.contains(".") ? current : nil
    }

    enum Reading {
        case answer(Answer)
        case missing
        case trouble(String)
    }

    static func read(_ json: JSON?, _ field: Field, _ input: Input) -> Reading {
        let text: String
        switch json {
        case nil, .null?: return .missing
        case .string(let value)?: text = value.trimmed
        case .number(let number)?: text = number.text
        case .bool(let value)?: text = value ? "true" : "false"
        case .array?, .object?: return .trouble("it is a list or an object")
        }
        if text.isEmpty || field.blank.contains(text) { return .missing }
        switch input.kind {
        case .number:
            guard let value = ExactDecimal(text) else { return .trouble("it is no number") }
            return .answer(.number(value))
        case .code(let codes):
            let code = field.codes.isEmpty ? text : field.codes[text]
            guard let code, codes.contains(code) else { return .trouble("it is none of the known codes") }
            return .answer(.code(code))
        case .area: return .answer(.code(field.codes[text] ?? text))
        case .flag:
            switch field.codes[text] ?? text.lowercased() {
            case "true", "1": return .answer(.flag(true))
            case "false", "0": return .answer(.flag(false))
            default: return .trouble("it is neither true nor false")
            }
        case .text: return .answer(.text(text))
        }
    }
}

extension Binding.Field {
    /// Whether a word of the source is an answer to the question, within its bounds.
    public func answers(_ word: String, _ input: Input) -> Bool {
        guard case .answer(let answer) = Binding.read(.string(word), self, input) else { return false }
        return input.allows(answer)
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
