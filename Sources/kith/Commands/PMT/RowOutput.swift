import Documents
import Runtime
import Scorecards
import Targeting

/// Writes one answer for each row as it is made: lines for people, or one JSON object whose `rows` grow.
struct RowOutput {
    let console: Console
    private var isFirst = true

    init(_ console: Console) {
        self.console = console
    }

    /// - Parameter head: members of the object that stand before the rows.
    func begin(_ head: JSONObject) {
        guard console.wantsJSON else { return }
        let text = JSON.object(head).text.dropLast()
        console.output.write(text + (head.isEmpty ? "" : ",") + "\"rows\":[\n")
    }

    mutating func row(_ text: @autoclosure () -> String, _ object: @autoclosure () -> JSONObject) {
        if console.wantsJSON {
            console.output.write((isFirst ? "" : ",\n") + JSON.object(object()).text)
        } else {
            console.output.write(text() + "\n")
        }
        isFirst = false
    }

    /// - Parameter tail: members that stand behind the rows; people read the text on standard error.
    func end(_ text: String, _ tail: JSONObject) {
        if console.wantsJSON {
            let members = JSON.object(tail).text.dropFirst()
            console.output.write("\n]" + (tail.isEmpty ? "" : ",") + members + "\n")
        } else if !text.isEmpty {
            for line in text.split(separator: "\n") { console.note(String(line)) }
        }
    }
}

/// What was scored, what not, and every missing answer that a rule stood in for.
struct ScoringCounts {
    private(set) var scored = 0
    private(set) var unscorable = 0
    private var reasons: [String: Int] = [:]
    private var treated: [String: [String: Int]] = [:]

    mutating func add(_ outcome: Scoring) {
        switch outcome {
        case .unscorable(let refusals):
            unscorable += 1
            for reason in Set(refusals.map(\.reason.rawValue)) { reasons[reason, default: 0] += 1 }
        case .scored(let score):
            scored += 1
            for part in score.contributions where part.treatment != .answered {
                treated[part.term, default: [:]][part.treatment.word, default: 0] += 1
            }
        }
    }

    var lines: [String] {
        var lines = ["\(Grouped.number(scored)) scored, \(Grouped.number(unscorable)) unscorable"]
        for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
            lines.append("unscorable, \(reason): \(Grouped.number(count))")
        }
        for (term, kinds) in treated.sorted(by: { $0.key < $1.key }) {
            for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) {
                lines.append("missing answers of \(term), \(kind): \(Grouped.number(count))")
            }
        }
        return lines
    }

    var json: JSON {
        func object(_ counts: [String: Int]) -> JSON {
            .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .number(JSONNumber($0.value))) }))
        }
        return [
            "scored": .number(JSONNumber(scored)), "unscorable": .number(JSONNumber(unscorable)),
            "reasons": object(reasons),
            "missing": .object(JSONObject(treated.sorted { $0.key < $1.key }.map { ($0.key, object($0.value)) })),
        ]
    }
}
