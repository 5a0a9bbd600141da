package import Documents
package import Groundwork
package import Registry
package import Search

/// One thing that a good record keeps, as the profile states it.
package struct QualityRule: Sendable {
    package enum Dimension: String, Sendable, CaseIterable { case completeness, freshness, plausibility, consistency }

    package var code: String
    package var dimension: Dimension
    package var subject: SubjectKind
    /// How much it counts in a score, from 1.
    package var weight: Int
    /// Statuses of the records that it is about.
    package var statuses: [String]
    /// Filters as callers of the API write them: whom the rule is about, nil for all, and who breaks it.
    package var applies: JSON?
    package var fails: JSON
    /// What it asks, and what to do about a record that breaks it, by language.
    package var labels: [String: String]
    package var remedies: [String: String]
}

/// Reads a filter in the language of the API; given by whoever knows that language.
package typealias FilterParser =
    @Sendable (
        _ filter: JSON, _ subject: SubjectKind, _ path: FieldPath, _ findings: inout [Finding]
    ) -> RegistryQuery?

/// The rules of a profile.
package struct QualityRules: Sendable {
    package let rules: [QualityRule]

    /// - Parameter documents: the files of `quality` by name without ending.
    /// - Throws: `.rules` with everything that is wrong with them.
    package init(_ documents: [String: JSON]) throws(QualityFault) {
        var rules: [QualityRule] = []
        var findings: [Finding] = []
        for (name, document) in documents.sorted(by: { $0.key < $1.key }) {
            for (place, item) in (document["rules"]?.array ?? []).enumerated() {
                let path = FieldPath([name, "rules", String(place)])
                guard let rule = Self.rule(item) else {
                    findings.append(
                        Finding(path, code: "quality.rule", "A rule needs code, dimension, subject and fails."))
                    continue
                }
                if rules.contains(where: { $0.code == rule.code }) {
                    findings.append(
                        Finding(path.appending("code"), code: "quality.rule_twice", "Another rule has this code."))
                }
                rules.append(rule)
            }
        }
        guard findings.isEmpty else { throw .rules(findings) }
        self.rules = rules
    }

    package func rule(_ code: String) -> QualityRule? { rules.first { $0.code == code } }

    /// What is wrong with the filters of the rules, as the parser sees it.
    package func mistakes(today: CalendarDate, parse: FilterParser) -> [Finding] {
        var findings: [Finding] = []
        for rule in rules { _ = rule.condition(today: today, parse, findings: &findings) }
        return findings
    }

    private static func rule(_ json: JSON) -> QualityRule? {
        guard let code = json["code"]?.string,
            let dimension = json["dimension"]?.string.flatMap(QualityRule.Dimension.init(rawValue:)),
            let word = json["subject"]?.string, let subject: SubjectKind = subjects[word],
            let fails = json["fails"]
        else { return nil }
        func words(_ name: String) -> [String: String] {
            var words: [String: String] = [:]
            for (language, text) in json[name]?.object ?? [:] { words[language] = text.string }
            return words
        }
        return QualityRule(
            code: code, dimension: dimension, subject: subject, weight: max(1, json["weight"]?.int ?? 1),
            statuses: json["statuses"]?.array?.compactMap(\.string) ?? ["active"], applies: json["applies"],
            fails: fails, labels: words("labels"), remedies: words("remedies"))
    }

    static let subjects: [String: SubjectKind] = ["people": .person, "households": .household]
}

extension QualityRule {
    /// Whom the rule is about, and who breaks it, on a day; nil when a finding was added.
    package func condition(
        today: CalendarDate, _ parse: FilterParser, findings: inout [Finding]
    ) -> (applies: RegistryQuery, fails: RegistryQuery)? {
        let count = findings.count
        let status = RegistryQuery.oneOf(Field(subject, "status"), statuses.map { .text($0) })
        var applies: RegistryQuery? = status
        if let filter = self.applies {
            applies = parse(Self.dated(filter, today), subject, FieldPath([code, "applies"]), &findings)
                .map { status.and($0) }
        }
        let fails = parse(Self.dated(fails, today), subject, FieldPath([code, "fails"]), &findings)
        guard findings.count == count, let applies, let fails else { return nil }
        return (applies, fails)
    }

    /// The filter with `{"months_before_today": n}` and `{"days_before_today": n}` as the days that they mean.
    static func dated(_ json: JSON, _ today: CalendarDate) -> JSON {
        switch json {
        case .array(let items): return .array(items.map { dated($0, today) })
        case .object(let object):
            if object.count == 1, let months = object["months_before_today"]?.int {
                return .string(today.adding(months: -months).description)
            }
            if object.count == 1, let days = object["days_before_today"]?.int {
                return .string(today.adding(days: -days).description)
            }
            var result: JSONObject = [:]
            for (name, value) in object { result[name] = dated(value, today) }
            return .object(result)
        default: return json
        }
    }
}
