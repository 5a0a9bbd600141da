package import Documents
import Foundation
import Groundwork

/// How a country's targeting rounds go: `profiles/<country>/programmes/targeting.json`.
package struct RoundPolicy: Sendable {
    /// A code with its words by language.
    package struct Reason: Sendable {
        package var code: String
        package var labels: [String: String]
    }

    /// Which states may follow each state of a round.
    package let steps: [RoundState: [RoundState]]
    /// Kinds of groups that take part, by code of the list `group_kind`.
    package let kinds: [String]
    /// Names of the columns of a file of quotas, by what they hold.
    package let columns: [String: [String]]
    /// How many times the places are collected when a quota does not say.
    package let multiplier: String
    /// Reserve in hundredths of the places when a quota does not say; nil lets everybody wait.
    package let reservePercent: Int?
    package let appealDays: Int
    /// To how few days whoever publishes may cut the window.
    package let leastAppealDays: Int
    /// Reasons of objections, grounds of appeals, and reasons of decisions on appeals.
    package let objections: [Reason]
    package let grounds: [Reason]
    package let rulings: [Reason]
    /// Language of printed lists, and their words by name and language.
    package let language: String
    package let words: [String: [String: String]]

    /// - Throws: findings for what is missing or contradicts itself.
    package init(_ json: JSON?) throws(RoundsFault) {
        guard let json else {
            throw .policy([
                Finding(
                    "programmes/targeting.json", code: "policy.missing",
                    "The profile has no programmes/targeting.json, which says how rounds go.")
            ])
        }
        var findings: [Finding] = []
        var steps: [RoundState: [RoundState]] = [:]
        for (name, followers) in json["steps"]?.object ?? [:] {
            let next = (followers.array ?? []).map { $0.string.flatMap(RoundState.init(rawValue:)) }
            guard let state = RoundState(rawValue: name), !next.contains(nil) else {
                findings.append(
                    Finding(
                        FieldPath(["steps", name]), code: "policy.state",
                        "States are \(RoundState.allCases.map(\.rawValue).joined(separator: ", "))."))
                continue
            }
            steps[state] = next.compactMap(\.self)
        }
        var reached: Set<RoundState> = [.draft]
        var frontier: [RoundState] = [.draft]
        while let state = frontier.popLast() {
            for next in steps[state] ?? [] where reached.insert(next).inserted { frontier.append(next) }
        }
        for state in [RoundState.collecting, .scoring, .ranked, .published, .closed] where !reached.contains(state) {
            findings.append(
                Finding("steps", code: "policy.unreachable", "No step leads to \(state.rawValue)."))
        }
        func reasons(_ name: String) -> [Reason] {
            let list = (json["reasons"]?[name]?.array ?? []).compactMap { item -> Reason? in
                guard let code = item["code"]?.string else { return nil }
                return Reason(code: code, labels: Self.texts(item["labels"]))
            }
            if list.isEmpty {
                findings.append(
                    Finding(FieldPath(["reasons", name]), code: "policy.reasons", "At least one reason is needed."))
            }
            return list
        }
        (objections, grounds, rulings) = (reasons("objection"), reasons("appeal"), reasons("ruling"))
        self.steps = steps
        kinds = (json["kinds"]?.array ?? []).compactMap(\.string)
        var columns: [String: [String]] = [:]
        for (name, words) in json["quota_columns"]?.object ?? [:] {
            columns[name] = (words.array ?? []).compactMap(\.string)
        }
        self.columns = columns
        multiplier = json["defaults"]?["collect_multiplier"]?.string ?? "1"
        reservePercent = json["defaults"]?["reserve_percent"]?.int
        appealDays = json["defaults"]?["appeal_days"]?.int ?? 30
        leastAppealDays = json["defaults"]?["least_appeal_days"]?.int ?? appealDays
        language = json["list"]?["language"]?.string ?? "eng"
        var words: [String: [String: String]] = [:]
        for (name, labels) in json["list"]?["words"]?.object ?? [:] { words[name] = Self.texts(labels) }
        self.words = words
        guard findings.isEmpty else { throw .policy(findings) }
    }

    private static func texts(_ json: JSON?) -> [String: String] {
        var result: [String: String] = [:]
        for (language, text) in json?.object ?? [:] { result[language] = text.string }
        return result
    }

    /// Whether one state may follow another.
    package func allows(_ state: RoundState, to next: RoundState) -> Bool { steps[state]?.contains(next) ?? false }

    /// States from which one step leads there.
    package func before(_ next: RoundState) -> [RoundState] {
        RoundState.allCases.filter { allows($0, to: next) }
    }

    /// A word of the printed lists; its name where the profile has none.
    func word(_ name: String, _ language: String) -> String {
        words[name]?[language] ?? words[name]?[self.language] ?? name
    }

    /// - Returns: a finding when the code is none of the reasons.
    static func mistake(_ code: String?, among reasons: [Reason], at path: FieldPath) -> Finding? {
        if let code, reasons.contains(where: { $0.code == code }) { return nil }
        let known = reasons.map(\.code).joined(separator: ", ")
        return Finding(path, code: "rounds.reason", "A reason of the profile is needed: \(known).")
    }
}

/// Where a round stands.
package enum RoundState: String, Sendable, CaseIterable {
    case draft, collecting, scoring, ranked
    case communityValidation = "community_validation"
    case published, appeals, closed
}

/// Where a household stands in a round.
package enum Standing: String, Sendable, CaseIterable {
    case surveyed, scored, selected, waiting
    case notSelected = "not_selected"
    case validated, objected
    /// For enrolment in the programme.
    case candidate
}
