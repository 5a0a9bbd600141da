/// Why a computation has no result.
enum Lack: Error {
    case missing([String])
    case notUnderstood(String)
    case outOfRange(String)
    case divisionByZero([String])
    case emptyRows(String)
    case unknownRows(String)

    func refusal(of term: String?) -> Refusal {
        switch self {
        case .missing(let names): Refusal(reason: .missing, term: term, inputs: names)
        case .notUnderstood(let name): Refusal(reason: .notUnderstood, term: term, inputs: [name])
        case .outOfRange(let name): Refusal(reason: .outOfRange, term: term, inputs: [name])
        case .divisionByZero(let names): Refusal(reason: .divisionByZero, term: term, inputs: names)
        case .emptyRows(let name): Refusal(reason: .emptyRows, term: term, inputs: [name])
        case .unknownRows(let name): Refusal(reason: .unknownRows, term: term, inputs: [name])
        }
    }
}

/// Computes over the answers of one household.
struct Evaluation {
    let formula: Formula
    let inputs: [String: Input]
    /// Inputs of the lists, by list and name.
    let rowInputs: [String: [String: Input]]
    let features: [String: Expression]
    let answers: Answers
    /// Answers that stand in for missing ones, for the term at work.
    var standIns: [String: Answer] = [:]
    /// Rows that were counted by rule, not by answer.
    var unknownRows = 0

    func answer(_ name: String) throws(Lack) -> Answer? {
        if let answer = answers.values[name] {
            guard inputs[name]?.allows(answer) ?? true else { throw .outOfRange(name) }
            return answer
        }
        if answers.troubles[name] != nil { throw .notUnderstood(name) }
        return standIns[name]
    }

    /// One row of a list.
    struct Row {
        var list: String
        var answers: [String: Answer]
    }

    private func answer(_ name: String, _ row: Row) throws(Lack) -> Answer? {
        guard let answer = row.answers[name] else { return nil }
        guard rowInputs[row.list]?[name]?.allows(answer) ?? true else { throw .outOfRange("\(row.list).\(name)") }
        return answer
    }

    func required(_ name: String) throws(Lack) -> Answer {
        guard let answer = try answer(name) else { throw .missing([name]) }
        return answer
    }

    mutating func number(_ expression: Expression) throws(Lack) -> ExactDecimal {
        switch expression {
        case .number(let value): return value
        case .input(let name):
            guard case .number(let value) = try required(name) else { throw .notUnderstood(name) }
            return value
        case .feature(let name):
            guard let feature = features[name] else { throw .missing([name]) }
            return try number(feature)
        case .sum(let parts):
            var result = ExactDecimal.zero
            for value in try numbers(parts) { result = result + value }
            return result
        case .product(let parts):
            var result = ExactDecimal.one
            for value in try numbers(parts) {
                result = result * value
                // Nothing else grows by more than some digits.
                guard result.isKeepable else { throw .outOfRange(expression.names.first ?? "") }
            }
            return result
        case .difference(let left, let right):
            let values = try numbers([left, right])
            return values[0] - values[1]
        case .most(let parts): return try numbers(parts).max() ?? .zero
        case .least(let parts): return try numbers(parts).min() ?? .zero
        case .quotient(let over, let by, let division, let zero):
            let values = try numbers([over, by])
            if let result = values[0].divided(by: values[1], division) { return result }
            guard case .value(let value) = zero else { throw .divisionByZero(by.names) }
            return value
        case .choice(let condition, let then, let otherwise):
            guard let holds = try holds(condition) else { throw .missing(condition.names) }
            return try number(holds ? then : otherwise)
        case .count(let gathering): return ExactDecimal(try fitting(gathering).count)
        case .share(let gathering, let division, let ofNone):
            let all = answers.rows[gathering.rows]?.count ?? 0
            let fitting = try fitting(gathering).count
            guard all > 0 else {
                guard let ofNone else { throw .emptyRows(gathering.rows) }
                return ofNone
            }
            return ExactDecimal(fitting).divided(by: ExactDecimal(all), division) ?? .zero
        case .total(let gathering, let name):
            var result = ExactDecimal.zero
            for row in try fitting(gathering) {
                guard case .number(let value)? = try answer(name, Row(list: gathering.rows, answers: row))
                else { throw .missing(["\(gathering.rows).\(name)"]) }
                result = result + value
            }
            return result
        }
    }

    /// All of them, so that a household is told of everything that is missing at once.
    mutating func numbers(_ parts: [Expression]) throws(Lack) -> [ExactDecimal] {
        var (values, missing): ([ExactDecimal], [String]) = ([], [])
        for part in parts {
            do throws(Lack) {
                values.append(try number(part))
            } catch {
                guard case .missing(let names) = error else { throw error }
                missing += names.filter { !missing.contains($0) }
            }
        }
        guard missing.isEmpty else { throw .missing(missing) }
        return values
    }

    /// The rows that fit; those of which it is unknown, by the declared rule.
    mutating func fitting(_ gathering: Gathering) throws(Lack) -> [[String: Answer]] {
        guard let rows = answers.rows[gathering.rows] else {
            if answers.troubles[gathering.rows] != nil { throw .notUnderstood(gathering.rows) }
            throw .missing([gathering.rows])
        }
        guard let condition = gathering.condition else { return rows }
        var result: [[String: Answer]] = []
        for row in rows {
            switch (try holds(condition, in: Row(list: gathering.rows, answers: row)), gathering.unknown) {
            case (true?, _): result.append(row)
            case (false?, _): break
            case (nil, .refuse): throw .unknownRows(gathering.rows)
            case (nil, .fits):
                unknownRows += 1
                result.append(row)
            case (nil, .leaveOut): unknownRows += 1
            }
        }
        return result
    }

    /// Nil when it is unknown; a part that decides alone decides, whatever is missing beside it.
    mutating func holds(_ condition: Condition, in row: Row? = nil) throws(Lack) -> Bool? {
        switch condition {
        case .answered(let name): return try value(name, row) != nil
        case .within(let name, let codes):
            guard let answer = try value(name, row) else { return nil }
            guard case .code(let code) = answer else { return false }
            return codes.contains(code)
        case .compare(let name, let relation, let literal):
            guard let answer = try value(name, row) else { return nil }
            return relation.holds(answer, literal)
        case .not(let part): return try holds(part, in: row).map { !$0 }
        case .all(let parts):
            var isUnknown = false
            for part in parts {
                guard let holds = try holds(part, in: row) else {
                    isUnknown = true
                    continue
                }
                if !holds { return false }
            }
            return isUnknown ? nil : true
        case .any(let parts):
            var isUnknown = false
            for part in parts {
                guard let holds = try holds(part, in: row) else {
                    isUnknown = true
                    continue
                }
                if holds { return true }
            }
            return isUnknown ? nil : false
        case .some(let gathering): return try !fitting(gathering).isEmpty
        }
    }

    private func value(_ name: String, _ row: Row?) throws(Lack) -> Answer? {
        if let row { return try answer(name, row) }
        return try answer(name)
    }
}

extension Condition.Relation {
    func holds(_ left: Answer, _ right: Answer) -> Bool {
        if case (.number(let a), .number(let b)) = (left, right) {
            switch self {
            case .equals: return a == b
            case .differs: return a != b
            case .atLeast: return !(a < b)
            case .atMost: return !(b < a)
            case .above: return b < a
            case .below: return a < b
            }
        }
        switch self {
        case .equals: return left == right
        case .differs: return left != right
        case .atLeast, .atMost, .above, .below: return false
        }
    }
}

extension Expression {
    /// The inputs, features and rows that it names.
    var names: [String] {
        switch self {
        case .input(let name), .feature(let name): [name]
        case .number: []
        case .sum(let parts), .product(let parts), .most(let parts), .least(let parts): parts.flatMap(\.names)
        case .difference(let left, let right), .quotient(let left, let right, _, _): left.names + right.names
        case .choice(let condition, let then, let otherwise): condition.names + then.names + otherwise.names
        case .count(let gathering), .share(let gathering, _, _), .total(let gathering, _): [gathering.rows]
        }
    }
}

extension Condition {
    /// The inputs and rows that it names.
    var names: [String] {
        switch self {
        case .compare(let name, _, _), .within(let name, _), .answered(let name): [name]
        case .all(let parts), .any(let parts): parts.flatMap(\.names)
        case .not(let part): part.names
        case .some(let gathering): [gathering.rows]
        }
    }
}
