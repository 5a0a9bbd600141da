public import Groundwork

extension Binding {
    /// Holds a binding to the formula it is for.
    ///
    /// - Returns: blocking where an input has no field, a field no input, a code leads nowhere or the units differ; a warning for a
    ///   code of the formula that no word of the source leads to, because its points can never be given.
    public func check(against formula: Formula) -> [Finding] {
        var findings: [Finding] = []
        if self.formula != formula.code {
            findings.append(
                Finding(
                    "formula", code: "scorecards.binding.formula",
                    "the binding is for \(self.formula), not for \(formula.code); name the right one."))
        }
        Self.check(inputs, formula.inputs, at: "inputs", &findings)
        for set in formula.rows {
            guard let bound = rows[set.name] else {
                findings.append(
                    Finding(
                        FieldPath("rows").appending(set.name), code: "scorecards.binding.missing",
                        "is required: the formula asks for \(set.name)."))
                continue
            }
            Self.check(
                bound.inputs, set.inputs, at: FieldPath("rows").appending(set.name).appending("inputs"), &findings)
        }
        return findings
    }

    private static func check(
        _ fields: [String: Field], _ inputs: [Input], at path: FieldPath, _ findings: inout [Finding]
    ) {
        let known = Set(inputs.map(\.name))
        for name in fields.keys.sorted() where !known.contains(name) {
            findings.append(
                Finding(
                    path.appending(name), code: "scorecards.binding.unknown_input",
                    "the formula has no such input; remove it, or correct the name."))
        }
        for input in inputs {
            let place = path.appending(input.name)
            guard let field = fields[input.name] else {
                findings.append(
                    Finding(
                        place, code: "scorecards.binding.missing",
                        "is required: name the field that answers \(input.name)."))
                continue
            }
            check(field, input, at: place, &findings)
        }
    }

    private static func check(_ field: Field, _ input: Input, at path: FieldPath, _ findings: inout [Finding]) {
        if case .number(let unit) = input.kind, let theirs = field.unit, theirs != unit {
            findings.append(
                Finding(
                    path.appending("unit"), code: "scorecards.binding.unit",
                    "the field counts \(theirs.rawValue)s, the formula "
                        + (unit.map { "\($0.rawValue)s" } ?? "nothing in particular") + "; convert it first."))
        }
        guard case .code(let codes) = input.kind, !field.codes.isEmpty else { return }
        for (word, code) in field.codes.sorted(by: { $0.key < $1.key }) where !codes.contains(code) {
            findings.append(
                Finding(
                    path.appending("codes").appending(word), code: "scorecards.binding.unknown_code",
                    "“\(code)” is none of the formula's codes (\(codes.joined(separator: ", "))); correct it."))
        }
        let reached = Set(field.codes.values)
        for code in codes where !reached.contains(code) {
            findings.append(
                Finding(
                    path.appending("codes"), code: "scorecards.binding.unreached_code", severity: .warning,
                    "no word of the source leads to the formula's code \(code); its points can never be given."))
        }
    }
}
