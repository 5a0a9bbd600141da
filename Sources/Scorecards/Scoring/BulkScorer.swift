import Documents

/// Scores very many households by one formula: what a term gives is computed once for each answer that occurs.
///
/// All arithmetic is that of ``Scorer``; what is remembered is its result for answers that came before, so that both always agree.
/// Answers come as texts in the words of the source, one for each of `slots`.
public struct BulkScorer: Sendable {
    /// What one term gives for some answers.
    public struct Piece: Sendable {
        public var points: ExactDecimal
        /// The points as the caller wants to write them.
        public var encoded: [UInt8]
        public var treatment: Contribution.Treatment
        /// Why the household has no score; nil where the term has points.
        public var refusal: Refusal?
    }

    /// What became of one household.
    public struct Result: Sendable {
        /// Place of its stratum in the formula; nil when it leads to none.
        public var stratum: Int?
        /// One for each term of the stratum; empty without a stratum.
        public var pieces: [Piece]
        /// Intercept and points; meaningless with refusals.
        public var sum: ExactDecimal
        public var value: ExactDecimal
        public var refusals: [Refusal]
    }

    public let scorer: Scorer
    public let binding: Binding
    /// Names of the inputs and lists, in the order in which answers are given: inputs first, lists (as JSON texts) after them.
    public let slots: [String]
    private let encode: @Sendable (ExactDecimal) -> [UInt8]
    private let plans: [[Plan]]
    private let selector: Int?
    private var words: [[String: Int32]]
    private var readings: [[Reading]]
    private var strata: [Int32: (stratum: Int?, refusal: Refusal?)] = [:]
    private var remembered: [[Memory]]

    /// Distinct answers to one question that are remembered before all is forgotten; beyond, a registry holds free numbers.
    private static let most = 20_000

    private struct Plan: Sendable {
        var term: Term
        var slots: [Int]
        var hasRows: Bool
    }

    private enum Reading: Sendable {
        case missing
        case answer(Answer)
        case rows([[String: Answer]])
        case trouble(String)
    }

    /// By the numbers of the answers: of one slot an array, of several a dictionary.
    private struct Memory: Sendable {
        var single: [Piece?] = []
        var several: [[Int32]: Piece] = [:]
    }

    public var formula: Formula { scorer.formula }

    /// - Parameter encode: the form in which points are written, made once for each.
    public init(
        _ formula: Formula, binding: Binding, encode: @escaping @Sendable (ExactDecimal) -> [UInt8] = { _ in [] }
    ) {
        (scorer, self.binding, self.encode) = (Scorer(formula), binding, encode)
        slots = formula.inputs.map(\.name) + formula.rows.map(\.name)
        let places = Dictionary(slots.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let firstRows = formula.inputs.count
        plans = formula.strata.map { stratum in
            stratum.terms.map { term in
                let own = term.inputs.compactMap { places[$0] }.sorted()
                return Plan(term: term, slots: own, hasRows: own.contains { $0 >= firstRows })
            }
        }
        selector = formula.selector.flatMap { places[$0.input] }
        (words, readings, remembered) = ([], [], [])
        forget()
    }

    private mutating func forget() {
        words = slots.map { _ in [:] }
        // The first reading of every slot is that of no answer.
        readings = slots.map { _ in [.missing] }
        remembered = plans.map { $0.map { _ in Memory() } }
        strata = [:]
    }

    /// - Parameter texts: as many as `slots`; nil is no answer.
    public mutating func score(_ texts: [String?]) -> Result {
        precondition(texts.count == slots.count, "one answer for each slot")
        var numbers = [Int32](repeating: 0, count: texts.count)
        for place in texts.indices {
            guard let text = texts[place] else { continue }
            if let known = words[place][text] {
                numbers[place] = known
            } else if place < formula.inputs.count {
                if readings[place].count > Self.most {
                    forget()
                    return score(texts)
                }
                numbers[place] = learn(text, at: place)
            }
        }
        let (stratum, refusal) = stratum(numbers)
        guard let stratum else {
            return Result(stratum: nil, pieces: [], sum: .zero, value: .zero, refusals: refusal.map { [$0] } ?? [])
        }
        var result = Result(stratum: stratum, pieces: [], sum: .zero, value: .zero, refusals: [])
        result.pieces.reserveCapacity(plans[stratum].count)
        // Sums are exact, so their order is free: short numbers first, that long ones are added few times.
        var (short, long) = (formula.strata[stratum].intercept, ExactDecimal.zero)
        for place in plans[stratum].indices {
            let piece = piece(stratum, place, numbers, texts)
            if let refusal = piece.refusal {
                result.refusals.append(refusal)
            } else if piece.points.places <= 12 {
                short = short + piece.points
            } else {
                long = long + piece.points
            }
            result.pieces.append(piece)
        }
        guard result.refusals.isEmpty else { return result }
        result.sum = long.isZero ? short : short + long
        result.value = formula.output.score(of: result.sum)
        return result
    }

    private mutating func learn(_ text: String, at place: Int) -> Int32 {
        let number = Int32(readings[place].count)
        readings[place].append(read(text, at: place))
        words[place][text] = number
        return number
    }

    private func read(_ text: String, at place: Int) -> Reading {
        let input = formula.inputs[place]
        guard let field = binding.inputs[input.name] else { return .missing }
        switch Binding.read(.string(text), field, input) {
        case .missing: return .missing
        case .answer(let answer): return .answer(answer)
        case .trouble(let reason): return .trouble(reason)
        }
    }

    private mutating func stratum(_ numbers: [Int32]) -> (Int?, Refusal?) {
        let key = selector.map { numbers[$0] } ?? -1
        if let known = strata[key] { return known }
        var answers = Answers()
        if let selector { put(readings[selector][Int(key)], at: selector, into: &answers) }
        let found: (Int?, Refusal?)
        switch scorer.stratum(of: answers) {
        case .success(let stratum): found = (formula.strata.firstIndex { $0.code == stratum.code }, nil)
        case .failure(let refusal): found = (nil, refusal)
        }
        strata[key] = found
        return found
    }

    private mutating func piece(_ stratum: Int, _ place: Int, _ numbers: [Int32], _ texts: [String?]) -> Piece {
        let plan = plans[stratum][place]
        // Lists of members hardly ever occur twice.
        if plan.hasRows { return compute(plan, numbers, texts) }
        if plan.slots.count == 1 {
            let number = Int(numbers[plan.slots[0]])
            if number < remembered[stratum][place].single.count,
                let known = remembered[stratum][place].single[number]
            {
                return known
            }
            let made = compute(plan, numbers, texts)
            while remembered[stratum][place].single.count <= number { remembered[stratum][place].single.append(nil) }
            remembered[stratum][place].single[number] = made
            return made
        }
        let key = plan.slots.map { numbers[$0] }
        if let known = remembered[stratum][place].several[key] { return known }
        let made = compute(plan, numbers, texts)
        if remembered[stratum][place].several.count > Self.most { remembered[stratum][place].several = [:] }
        remembered[stratum][place].several[key] = made
        return made
    }

    private func compute(_ plan: Plan, _ numbers: [Int32], _ texts: [String?]) -> Piece {
        var answers = Answers()
        for slot in plan.slots {
            if slot < formula.inputs.count {
                put(readings[slot][Int(numbers[slot])], at: slot, into: &answers)
            } else if let text = texts[slot] {
                put(rows(text, at: slot), at: slot, into: &answers)
            }
        }
        do throws(Lack) {
            let made = try scorer.contribution(of: plan.term, answers)
            return Piece(points: made.points, encoded: encode(made.points), treatment: made.treatment, refusal: nil)
        } catch {
            return Piece(
                points: .zero, encoded: [], treatment: .answered, refusal: error.refusal(of: plan.term.name))
        }
    }

    private func rows(_ text: String, at slot: Int) -> Reading {
        let name = slots[slot]
        let read = binding.rows(name, of: Self.object(name, text), for: formula)
        if let reason = read.troubles[name] { return .trouble(reason) }
        return read.rows[name].map { .rows($0) } ?? .missing
    }

    private func put(_ reading: Reading, at slot: Int, into answers: inout Answers) {
        switch reading {
        case .missing: break
        case .answer(let answer): answers.values[slots[slot]] = answer
        case .rows(let rows): answers.rows[slots[slot]] = rows
        case .trouble(let reason): answers.troubles[slots[slot]] = reason
        }
    }

    /// A list under its own name; a text that is no JSON is told as trouble by whoever reads it.
    private static func object(_ name: String, _ text: String) -> JSON {
        [name: (try? JSON.parse(Array(text.utf8))) ?? .string(text)]
    }

    /// The answers that some texts mean, for whoever scores a few households with all words.
    public static func answers(_ texts: [String?], _ formula: Formula, _ binding: Binding) -> Answers {
        var answers = Answers()
        for (place, input) in formula.inputs.enumerated() where place < texts.count {
            guard let text = texts[place], let field = binding.inputs[input.name] else { continue }
            switch Binding.read(.string(text), field, input) {
            case .missing: break
            case .answer(let answer): answers.values[input.name] = answer
            case .trouble(let reason): answers.troubles[input.name] = reason
            }
        }
        for (place, set) in formula.rows.enumerated() where formula.inputs.count + place < texts.count {
            guard let text = texts[formula.inputs.count + place] else { continue }
            let read = binding.rows(set.name, of: object(set.name, text), for: formula)
            answers.rows[set.name] = read.rows[set.name]
            answers.troubles[set.name] = read.troubles[set.name]
        }
        return answers
    }
}
