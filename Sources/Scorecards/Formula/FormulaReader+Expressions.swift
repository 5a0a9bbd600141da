import Documents
import Groundwork

extension FormulaReader {
    /// A computation with the unit of its result; nil, with a finding, where it is none.
    mutating func expression(
        _ json: JSON, at path: FieldPath, depth: Int = 0
    ) -> (value: Expression?, unit: Unit?) {
        guard depth < Self.depth else {
            report(path, "depth", "computations may be nested \(Self.depth) deep; name a part of it as a feature.")
            return (nil, nil)
        }
        if let name = json.string { return named(name, at: path) }
        if json.number != nil, let value = ExactDecimal(json: json) { return (.number(value), nil) }
        guard let members = json.object else {
            report(path, "type", "must name an input or a feature, or be a computation.")
            return (nil, nil)
        }
        if let text = members["number"], let value = ExactDecimal(json: text) { return (.number(value), nil) }
        for (word, isProduct) in [("sum", false), ("product", true), ("most", false), ("least", false)] {
            guard let items = members[word]?.array else { continue }
            refuse(json, [word], at: path)
            return list(word, items, isProduct: isProduct, at: path.appending(word), depth: depth)
        }
        if let items = members["difference"]?.array {
            refuse(json, ["difference"], at: path)
            let (parts, unit) = operands(items, at: path.appending("difference"), depth: depth)
            guard let parts, parts.count == 2 else { return pair(path, parts) }
            return (.difference(parts[0], parts[1]), unit)
        }
        if let items = members["quotient"]?.array {
            refuse(json, ["quotient", "division", "by_zero"], at: path)
            let parts = items.enumerated().compactMap { index, item in
                expression(item, at: path.appending("quotient").appending(index), depth: depth + 1).value
            }
            guard parts.count == 2, items.count == 2 else { return pair(path, items.count == 2 ? nil : parts) }
            guard let division = division(json, at: path), let zero = byZero(json, at: path) else { return (nil, nil) }
            return (.quotient(parts[0], parts[1], division, zero), nil)
        }
        if members["if"] != nil { return choice(json, at: path, depth: depth) }
        return gathered(json, at: path)
    }

    private mutating func refuse(_ json: JSON, _ known: Set<String>, at path: FieldPath) {
        var reader = JSONReader(json, at: path)
        reader.unknown(allowed: known)
        findings += reader.findings
    }

    private mutating func pair(_ path: FieldPath, _ parts: [Expression]?) -> (Expression?, Unit?) {
        if parts != nil { report(path, "operands", "needs two parts: what is divided or lessened, and by what.") }
        return (nil, nil)
    }

    private mutating func named(_ name: String, at path: FieldPath) -> (Expression?, Unit?) {
        if let unit = features[name] {
            used.formUnion(usedByFeature[name] ?? [])
            return (.feature(name), unit)
        }
        guard let input = inputs[name] else {
            report(
                path, "unknown_input", "“\(name)” is no input and no earlier feature; declare it, or correct the name.")
            return (nil, nil)
        }
        guard case .number(let unit) = input.kind else {
            report(path, "type", "\(name) is \(input.kind.words) and cannot be computed with; use a lookup or a set.")
            return (nil, nil)
        }
        used.insert(name)
        return (.input(name), unit)
    }

    private mutating func list(
        _ word: String, _ items: [JSON], isProduct: Bool, at path: FieldPath, depth: Int
    ) -> (Expression?, Unit?) {
        guard !items.isEmpty else {
            report(path, "operands", "needs at least one part.")
            return (nil, nil)
        }
        if isProduct {
            let parts = items.enumerated().compactMap { index, item in
                expression(item, at: path.appending(index), depth: depth + 1).value
            }
            return parts.count == items.count ? (.product(parts), nil) : (nil, nil)
        }
        let (parts, unit) = operands(items, at: path, depth: depth)
        guard let parts else { return (nil, nil) }
        switch word {
        case "sum": return (.sum(parts), unit)
        case "most": return (.most(parts), unit)
        default: return (.least(parts), unit)
        }
    }

    /// Parts that must count the same thing; bare numbers count whatever the others do.
    private mutating func operands(_ items: [JSON], at path: FieldPath, depth: Int) -> ([Expression]?, Unit?) {
        var (parts, unit): ([Expression], Unit?) = ([], nil)
        for (index, item) in items.enumerated() {
            let (part, its) = expression(item, at: path.appending(index), depth: depth + 1)
            guard let part else { continue }
            if let its, let unit, its != unit {
                report(
                    path.appending(index), "unit",
                    "\(its.rawValue)s cannot be put together with \(unit.rawValue)s; convert one of them first.")
            }
            unit = unit ?? its
            parts.append(part)
        }
        return (parts.count == items.count ? parts : nil, unit)
    }

    private mutating func choice(_ json: JSON, at path: FieldPath, depth: Int) -> (Expression?, Unit?) {
        refuse(json, ["if", "then", "else"], at: path)
        let condition = condition(json["if"] ?? .null, in: nil, at: path.appending("if"), depth: depth + 1)
        let (then, unit) = expression(json["then"] ?? .null, at: path.appending("then"), depth: depth + 1)
        let (other, _) = expression(json["else"] ?? .null, at: path.appending("else"), depth: depth + 1)
        guard let condition, let then, let other else { return (nil, nil) }
        return (.choice(condition, then: then, otherwise: other), unit)
    }

    private mutating func gathered(_ json: JSON, at path: FieldPath) -> (Expression?, Unit?) {
        if json["count"] != nil {
            refuse(json, ["count", "where", "unknown"], at: path)
            return (gathering(json, rows: "count", at: path).map { .count($0) }, .person)
        }
        if json["share"] != nil {
            refuse(json, ["share", "where", "unknown", "of_none", "division"], at: path)
            guard let gathering = gathering(json, rows: "share", at: path), let division = division(json, at: path)
            else { return (nil, nil) }
            return (.share(gathering, division, ofNone: decimal(json, "of_none", at: path)), nil)
        }
        if let rows = json["total"]?.string {
            refuse(json, ["total", "of", "where", "unknown"], at: path)
            guard let gathering = gathering(json, rows: "total", at: path) else { return (nil, nil) }
            guard let name = json["of"]?.string, case .number(let unit)? = rowInputs[rows]?[name]?.kind else {
                report(path.appending("of"), "unknown_input", "must name a number that each of \(rows) has.")
                return (nil, nil)
            }
            return (.total(gathering, of: name), unit)
        }
        report(
            path, "computation",
            "must be one of number, sum, product, difference, quotient, most, least, if, count, share, total.")
        return (nil, nil)
    }

    mutating func gathering(_ json: JSON, rows key: String, at path: FieldPath) -> Gathering? {
        guard let rows = json[key]?.string, rowInputs[rows] != nil else {
            let known = rowInputs.keys.sorted().joined(separator: ", ")
            report(path.appending(key), "unknown_rows", "must name one of the rows of the formula: \(known).")
            return nil
        }
        var reader = JSONReader(json, at: path)
        let unknown = reader.optional("unknown", as: Gathering.Unknown.self) ?? .refuse
        findings += reader.findings
        used.insert(rows)
        guard let item = json["where"] else { return Gathering(rows: rows, condition: nil, unknown: unknown) }
        guard let condition = condition(item, in: rows, at: path.appending("where")) else { return nil }
        return Gathering(rows: rows, condition: condition, unknown: unknown)
    }

    mutating func division(_ json: JSON, at path: FieldPath) -> Division? {
        guard let item = json["division"] else {
            report(
                path.appending("division"), "division",
                "is required: say {\"places\": digits after the point, \"rounding\": truncate, half_up or half_even}.")
            return nil
        }
        var reader = JSONReader(item, at: path.appending("division"))
        let places: Int? = reader.required("places")
        let rounding = reader.required("rounding", as: Rounding.self)
        if let places, !(0...100).contains(places) {
            reader.report("places", code: "scorecards.places", "must lie between 0 and 100.")
        }
        findings += reader.findings
        guard let places, let rounding, (0...100).contains(places) else { return nil }
        return Division(places: places, rounding: rounding)
    }

    mutating func byZero(_ json: JSON, at path: FieldPath) -> ByZero? {
        let item = json["by_zero"]
        if item == nil || item == .string("unscorable") { return .unscorable }
        if let item, let value = ExactDecimal(json: item) { return .value(value) }
        report(path.appending("by_zero"), "by_zero", "must be unscorable or a decimal number.")
        return nil
    }
}
