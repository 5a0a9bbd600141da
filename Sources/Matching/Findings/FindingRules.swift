package import Documents
import Foundation
import Groundwork

/// What counts as odd in a country: `profiles/<country>/match/findings.json`. A rule that is left out is not looked for.
package struct FindingRules: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case householdTwice = "household_twice"
        case personInTwoHouseholds = "person_in_two_households"
        case identifierShared = "identifier_shared"
        case phoneShared = "phone_shared"
        case accountShared = "account_shared"
        case householdImplausible = "household_implausible"
        case fileRepeated = "file_repeated"
        case burst
    }

    /// Hours between two runs of the server.
    package var everyHours: Int
    /// A closed finding is opened again when it has grown by so much, in percent of what it was.
    package var reopenPercent: Int
    /// What each kind says, by language.
    package var labels: [Kind: [String: String]] = [:]
    private var rules: [Kind: JSON] = [:]

    /// Nothing is looked for.
    package init() { (everyHours, reopenPercent) = (24, 200) }

    /// - Throws: findings for what is out of range.
    package init(_ json: JSON?) throws(MatchingFault) {
        everyHours = json?["every_hours"]?.int ?? 24
        reopenPercent = json?["reopen_percent"]?.int ?? 200
        var findings: [Finding] = []
        for (name, rule) in json?["rules"]?.object ?? [:] {
            guard let kind = Kind(rawValue: name) else {
                findings.append(Finding(FieldPath(["rules", name]), code: "rule.unknown", "No rule has this name."))
                continue
            }
            rules[kind] = rule
            labels[kind] = (rule["labels"]?.object ?? [:]).reduce(into: [:]) { $0[$1.0] = $1.1.string }
        }
        if !(1...8760).contains(everyHours) {
            findings.append(Finding("every_hours", code: "rule.number", "Between 1 and 8760 hours."))
        }
        guard findings.isEmpty else { throw .policy(findings) }
    }

    /// The kinds that are looked for, in a fixed order.
    package var kinds: [Kind] { Kind.allCases.filter { rules[$0] != nil } }

    func number(_ kind: Kind, _ name: String, _ usual: Int) -> Int {
        min(max(rules[kind]?[name]?.int ?? usual, 0), 1_000_000)
    }

    func words(_ kind: Kind, _ name: String, _ usual: [String]) -> [String] {
        rules[kind]?[name]?.array.map { $0.compactMap(\.string) } ?? usual
    }
}
