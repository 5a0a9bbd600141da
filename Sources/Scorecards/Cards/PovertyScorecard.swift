public import Documents
public import Groundwork

/// A scorecard of questions with points, and a table from the sum of points to the likelihood of being poor.
///
/// Each answer carries points for each poverty line; points and likelihoods are used as published, never recomputed. Shape:
/// `standards/pmt/scorecard.schema.json`, which is also how tables published for such cards are commonly written out.
public struct PovertyScorecard: Sendable {
    public struct Option: Sendable {
        public var label: String
        /// By line.
        public var points: [Int]
    }

    public struct Question: Sendable {
        public var number: Int
        public var text: String
        public var options: [Option]
    }

    public var title: String
    public var lines: [String]
    public var questions: [Question]
    /// By score from 0 to 100, then by line.
    public var table: [[ExactDecimal]]
    /// Lines that the table calls otherwise than the card: a person must have checked that they are one.
    public var doubtful: Set<Int>
    public var sha256: String

    /// Whether a document is such a card.
    public static func isCard(_ json: JSON) -> Bool { json["questions"] != nil && json["lookup"] != nil }

    /// - Throws: every mistake with its place: a table with gaps, points that lack a line, a likelihood outside 0 to 1.
    public init(_ json: JSON) throws(InvalidInput) {
        var reader = JSONReader(json)
        title = reader.optional("title") ?? "scorecard"
        let lines: [String] = reader.required("lines") ?? []
        let headers: [String] = reader.optional("lookup_line_headers") ?? lines
        let checked: [String] = reader.optional("checked_lines") ?? []
        questions = reader.array("questions") { (item: inout JSONReader) -> Question? in
            let number: Int? = item.required("no")
            let options = item.array("options") { (option: inout JSONReader) -> Option? in
                let label: String? = option.required("label")
                let points: [Int] = option.required("points") ?? []
                if points.count != lines.count {
                    option.report(
                        "points", code: "scorecards.card.points",
                        "must have one number for each of \(lines.count) lines.")
                }
                return label.map { Option(label: $0, points: points) }
            }
            return number.map { Question(number: $0, text: item.optional("text") ?? "", options: options) }
        }
        var table: [[ExactDecimal]] = []
        reader.object("lookup") { (inner: inout JSONReader) in
            for score in 0...100 {
                let row: [ExactDecimal] = inner.required(String(score)) ?? []
                if row.count != lines.count {
                    inner.report(
                        String(score), code: "scorecards.card.table",
                        "must have one likelihood for each of \(lines.count) lines.")
                }
                if row.contains(where: { $0 < .zero || .one < $0 }) {
                    inner.report(String(score), code: "scorecards.card.table", "has a likelihood outside 0 to 1.")
                }
                table.append(row)
            }
        }
        if lines.isEmpty { reader.report("lines", code: "scorecards.card.lines", "names no poverty line.") }
        guard reader.findings.isEmpty else {
            throw InvalidInput(reader.findings, code: "scorecards.card.invalid")
        }
        doubtful = Set(
            lines.indices.filter { index in
                index < headers.count && headers[index] != lines[index] && !checked.contains(lines[index])
            })
        (self.lines, self.table, self.sha256) = (lines, table, Formula.digest(json))
    }

    /// What one household scores on every line.
    public struct Result: Sendable {
        /// By line, held between 0 and 100.
        public var scores: [Int]
        /// By line.
        public var likelihoods: [ExactDecimal]
        /// Place of the chosen option, by question.
        public var chosen: [Int]
    }

    public enum Answered: Sendable {
        case scored(Result)
        /// Numbers of the questions that are not answered, or not by one of the options.
        case unscorable([Int])
    }

    /// Scores answers given by question number: an option's label, its letter, or its place counted from 1.
    public func score(_ answers: [Int: String]) -> Answered {
        let chosen = questions.map { question in answers[question.number].flatMap { question.place(of: $0) } }
        let open = zip(questions, chosen).filter { $0.1 == nil }.map(\.0.number)
        guard open.isEmpty else { return .unscorable(open) }
        let places = chosen.compactMap(\.self)
        let scores = lines.indices.map { line in
            let sum = zip(questions, places).reduce(0) { $0 + $1.0.options[$1.1].points[line] }
            return min(max(sum, 0), 100)
        }
        let likelihoods = zip(scores, lines.indices).map { score, line in table[score][line] }
        return .scored(Result(scores: scores, likelihoods: likelihoods, chosen: places))
    }
}

extension PovertyScorecard.Question {
    /// The option meant; nil when none is.
    func place(of answer: String) -> Int? {
        let text = answer.trimmed.lowercased()
        if let place = options.firstIndex(where: { $0.label.trimmed.lowercased() == text }) { return place }
        if let place = options.firstIndex(where: { $0.letter == text }) { return place }
        guard let place = Int(text), options.indices.contains(place - 1) else { return nil }
        return place - 1
    }
}

extension PovertyScorecard.Option {
    /// `a` of “A. North” and “a) North”; cards with many options go on with two letters.
    var letter: String? {
        let text = label.trimmed.lowercased()
        let letters = text.prefix { $0.isLetter }
        guard (1...2).contains(letters.count), let mark = text.dropFirst(letters.count).first, ".),".contains(mark)
        else { return nil }
        return String(letters)
    }
}

/// The share of a population below each line: the mean of the likelihoods, never the likelihood of a mean score.
public struct PovertyRate: Sendable {
    private var sums: [ExactDecimal]
    public private(set) var households: Int = 0

    public init(lines: Int) {
        sums = Array(repeating: .zero, count: lines)
    }

    public mutating func add(_ result: PovertyScorecard.Result) {
        for (line, value) in result.likelihoods.enumerated() { sums[line] = sums[line] + value }
        households += 1
    }

    /// By line; nil for nobody.
    public func means(_ division: Division) -> [ExactDecimal?] {
        sums.map { $0.divided(by: ExactDecimal(households), division) }
    }
}
