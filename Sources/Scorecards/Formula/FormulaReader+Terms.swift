import Documents
import Groundwork

extension FormulaReader {
    private static let shared: Set<String> = ["name", "kind", "missing", "labels", "dimension"]

    mutating func term(_ item: JSON, at path: FieldPath) -> Term? {
        var reader = JSONReader(item, at: path)
        let name: String? = reader.required("name")
        let word: String? = reader.required("kind")
        let dimension: String? = reader.optional("dimension")
        findings += reader.findings
        guard let name, let word else { return nil }
        used = []
        guard let kind = termKind(word, item, at: path) else { return nil }
        let missing = missingPolicy(item["missing"], at: path.appending("missing"))
        return Term(
            name: name, kind: kind, missing: missing, dimension: dimension, labels: labels(item["labels"]), inputs: used
        )
    }

    private mutating func termKind(_ word: String, _ item: JSON, at path: FieldPath) -> Term.Kind? {
        switch word {
        case "linear":
            refuseOthers(item, ["of", "weight", "unit"], at: path)
            guard let value = operand(item, "of", unit: item["unit"]?.string, at: path),
                let weight = weight(item, at: path)
            else { return nil }
            return .linear(value, weight: weight)
        case "band":
            refuseOthers(item, ["of", "bands", "else", "unit"], at: path)
            guard let value = operand(item, "of", unit: item["unit"]?.string, at: path) else { return nil }
            return .bands(value, bands(item, at: path), otherwise: decimal(item, "else", at: path) ?? .zero)
        case "lookup", "area":
            refuseOthers(item, ["of", "points", "else"], at: path)
            return lookup(item, isArea: word == "area", at: path)
        case "set":
            refuseOthers(item, ["of", "values", "except", "weight"], at: path)
            return set(item, at: path)
        case "ratio":
            refuseOthers(item, ["over", "by", "weight", "division", "order", "by_zero"], at: path)
            return ratio(item, at: path)
        case "count", "share", "any":
            refuseOthers(item, ["over", "where", "unknown", "of_none", "division", "weight"], at: path)
            guard let gathering = gathering(item, rows: "over", at: path), let weight = weight(item, at: path)
            else { return nil }
            if word == "any" { return .condition(.some(gathering), weight: weight) }
            if word == "count" { return .linear(.count(gathering), weight: weight) }
            guard let division = division(item, at: path) else { return nil }
            return .linear(
                .share(gathering, division, ofNone: decimal(item, "of_none", at: path)), weight: weight)
        case "condition":
            refuseOthers(item, ["where", "weight"], at: path)
            guard let condition = condition(item["where"] ?? .null, in: nil, at: path.appending("where")),
                let weight = weight(item, at: path)
            else { return nil }
            return .condition(condition, weight: weight)
        default:
            report(
                path.appending("kind"), "kind",
                "must be one of linear, band, lookup, area, set, ratio, count, share, any, condition.")
            return nil
        }
    }

    private mutating func refuseOthers(_ item: JSON, _ known: Set<String>, at path: FieldPath) {
        var reader = JSONReader(item, at: path)
        reader.unknown(allowed: known.union(Self.shared))
        findings += reader.findings
    }

    mutating func decimal(_ item: JSON, _ key: String, at path: FieldPath) -> ExactDecimal? {
        var reader = JSONReader(item, at: path)
        let value: ExactDecimal? = reader.optional(key)
        findings += reader.findings
        return value
    }

    private mutating func weight(_ item: JSON, at path: FieldPath) -> ExactDecimal? {
        var reader = JSONReader(item, at: path)
        let value: ExactDecimal? = reader.required("weight")
        findings += reader.findings
        return value
    }

    private mutating func operand(_ item: JSON, _ key: String, unit: String?, at path: FieldPath) -> Expression? {
        let place = path.appending(key)
        let (value, found) = expression(item[key] ?? .null, at: place)
        guard let value else { return nil }
        if let unit {
            guard let asked = Unit(rawValue: unit) else {
                let known = Unit.allCases.map(\.rawValue).joined(separator: ", ")
                report(path.appending("unit"), "unit", "“\(unit)” is no unit; known are \(known).")
                return value
            }
            if found != asked {
                report(
                    path.appending("unit"), "unit",
                    "the weight is for each \(asked.rawValue), but the number counts "
                        + (found.map { "\($0.rawValue)s" } ?? "nothing in particular") + "; make them one.")
            }
        }
        return value
    }

    private mutating func bands(_ item: JSON, at path: FieldPath) -> [Band] {
        var result: [Band] = []
        for (index, band) in (item["bands"]?.array ?? []).enumerated() {
            let place = path.appending("bands").appending(index)
            var reader = JSONReader(band, at: place)
            let read = Band(
                from: reader.optional("from"), below: reader.optional("below"),
                points: reader.required("points") ?? .zero)
            reader.unknown(allowed: ["from", "below", "points"])
            findings += reader.findings
            if let from = read.from, let below = read.below, !(from < below) {
                report(place, "bands", "the band is empty: it must begin below its end.")
            }
            if result.contains(where: { $0.overlaps(read) }) {
                report(place, "bands", "the band overlaps an earlier one; each number may lie in one band only.")
            }
            result.append(read)
        }
        if result.isEmpty { report(path.appending("bands"), "bands", "at least one band is required.") }
        return result
    }

    private mutating func lookup(_ item: JSON, isArea: Bool, at path: FieldPath) -> Term.Kind? {
        var reader = JSONReader(item, at: path)
        let input: String? = reader.required("of")
        let object: JSONObject? = reader.required("points")
        findings += reader.findings
        guard let input, let object else { return nil }
        var points: [String: ExactDecimal] = [:]
        for (code, value) in object {
            guard let number = ExactDecimal(json: value) else {
                report(path.appending("points").appending(code), "type", "must be a decimal number.")
                continue
            }
            points[code] = number
        }
        if case .area? = inputs[input]?.kind, !isArea {
            report(path.appending("kind"), "kind", "\(input) is an area; say the kind area.")
        }
        if isArea, let known = inputs[input], case .code = known.kind {
            report(path.appending("of"), "kind", "\(input) is no area; say the kind lookup.")
        }
        checkCodes(points.keys.sorted(), of: input, at: path.appending("points"))
        let otherwise = decimal(item, "else", at: path)
        if otherwise == nil, case .code(let codes)? = inputs[input]?.kind, codes.contains(where: { points[$0] == nil })
        {
            let open = codes.filter { points[$0] == nil }.joined(separator: ", ")
            report(
                path.appending("points"), "unlisted_codes",
                "gives no points for \(open); list them, or say with else what they give.")
        }
        return .lookup(input, points, otherwise: otherwise)
    }

    private mutating func set(_ item: JSON, at path: FieldPath) -> Term.Kind? {
        let isExcept = item["except"] != nil
        var reader = JSONReader(item, at: path)
        let input: String? = reader.required("of")
        let codes: [String]? = reader.required(isExcept ? "except" : "values")
        findings += reader.findings
        if isExcept, item["values"] != nil {
            report(path.appending("except"), "set", "a set has values or except, not both; remove one.")
        }
        guard let input, let codes, let weight = weight(item, at: path) else { return nil }
        checkCodes(codes, of: input, at: path.appending(isExcept ? "except" : "values"))
        return .set(input, codes, except: isExcept, weight: weight)
    }

    private mutating func ratio(_ item: JSON, at path: FieldPath) -> Term.Kind? {
        let over = operand(item, "over", unit: nil, at: path)
        let by = operand(item, "by", unit: nil, at: path)
        var reader = JSONReader(item, at: path)
        let order = reader.required("order", as: Ratio.Order.self)
        findings += reader.findings
        let zero = byZero(item, at: path)
        guard let over, let by, let order, let zero, let division = division(item, at: path),
            let weight = weight(item, at: path)
        else { return nil }
        return .ratio(Ratio(over: over, by: by, division: division, order: order, byZero: zero), weight: weight)
    }

    private mutating func missingPolicy(_ item: JSON?, at path: FieldPath) -> MissingPolicy {
        switch item {
        case nil, .string("refuse"): return .refuse
        case .string("neutral"): return .neutral
        case .object(let members):
            if let points = members["points"], let value = ExactDecimal(json: points) { return .points(value) }
            guard let stand = members["impute"]?.object, members.count == 1 else { break }
            var answers: [String: Answer] = [:]
            for (name, value) in stand {
                let place = path.appending("impute").appending(name)
                guard used.contains(name), let input = inputs[name] else {
                    report(place, "unknown_input", "the term does not look at \(name); remove it.")
                    continue
                }
                guard let answer = literal(value, for: input) else {
                    report(place, "type", "must be \(input.kind.words) that \(name) can have.")
                    continue
                }
                answers[name] = answer
            }
            return .impute(answers)
        default: break
        }
        report(path, "missing_policy", "must be refuse, neutral, {\"points\": …} or {\"impute\": {…}}.")
        return .refuse
    }
}

extension Band {
    func overlaps(_ other: Band) -> Bool {
        func precedes(_ left: Band, _ right: Band) -> Bool {
            guard let end = left.below, let begin = right.from else { return false }
            return !(begin < end)
        }
        return !precedes(self, other) && !precedes(other, self)
    }
}
