public import Groundwork

extension Formula {
    /// Codes of one input that the formula writes down in one place.
    public struct CodePlace: Sendable, Hashable {
        /// Where in the document, e.g. `/strata/0/terms/3/values`.
        public var path: FieldPath
        public var codes: Set<String>
        /// Whether it is the table of a term that gives points for each code.
        public var isTable: Bool
    }

    /// Every place that names codes of an input: tables, sets, conditions, stand-ins, and the choice of the stratum.
    public func codes(of input: String) -> [CodePlace] {
        var places: [CodePlace] = []
        func add(_ path: FieldPath, _ codes: Set<String>, isTable: Bool = false) {
            if !codes.isEmpty { places.append(CodePlace(path: path, codes: codes, isTable: isTable)) }
        }
        for (index, feature) in features.enumerated() {
            add(FieldPath("features").appending(index).appending("value"), feature.value.codes(of: input))
        }
        if let selector, selector.input == input {
            add(FieldPath("stratum").appending("codes"), Set(selector.codes.keys))
        }
        for (place, stratum) in strata.enumerated() {
            for (index, term) in stratum.terms.enumerated() {
                let path = FieldPath("strata").appending(place).appending("terms").appending(index)
                switch term.kind {
                case .lookup(let name, let points, _):
                    if name == input { add(path.appending("points"), Set(points.keys), isTable: true) }
                case .set(let name, let codes, let isExcept, _):
                    if name == input { add(path.appending(isExcept ? "except" : "values"), Set(codes)) }
                case .linear(let value, _), .bands(let value, _, _): add(path.appending("of"), value.codes(of: input))
                case .condition(let condition, _): add(path.appending("where"), condition.codes(of: input))
                case .ratio(let ratio, _):
                    add(path.appending("over"), ratio.over.codes(of: input))
                    add(path.appending("by"), ratio.by.codes(of: input))
                }
                if case .impute(let answers) = term.missing, case .code(let code)? = answers[input] {
                    add(path.appending("missing").appending("impute").appending(input), [code])
                }
            }
        }
        return places
    }
}

extension Expression {
    fileprivate func codes(of input: String) -> Set<String> {
        switch self {
        // The conditions of a gathering speak of its rows, whose inputs are others.
        case .input, .feature, .number, .count, .share, .total: []
        case .sum(let parts), .product(let parts), .most(let parts), .least(let parts):
            parts.reduce(into: []) { $0.formUnion($1.codes(of: input)) }
        case .difference(let left, let right), .quotient(let left, let right, _, _):
            left.codes(of: input).union(right.codes(of: input))
        case .choice(let condition, let then, let otherwise):
            condition.codes(of: input).union(then.codes(of: input)).union(otherwise.codes(of: input))
        }
    }
}

extension Condition {
    fileprivate func codes(of input: String) -> Set<String> {
        switch self {
        case .compare(let name, _, .code(let code)): name == input ? [code] : []
        case .within(let name, let codes): name == input ? Set(codes) : []
        case .compare, .answered, .some: []
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.codes(of: input)) }
        case .not(let part): part.codes(of: input)
        }
    }
}
