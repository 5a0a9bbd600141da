import Foundation
package import Groundwork
package import Postgres
package import Registry
package import Search

/// How good the record is, by the rules of the profile: counts, scores and lists to work through.
package struct QualityDesk: Sendable {
    package let database: Database
    package let context: RegistryContext
    package let rules: QualityRules
    let searcher: Searcher
    let parse: FilterParser
    let today: @Sendable () -> CalendarDate

    /// - Throws: `.rules` when a filter of a rule cannot be read.
    package init(
        database: Database, context: RegistryContext, rules: QualityRules, parse: @escaping FilterParser,
        today: @escaping @Sendable () -> CalendarDate
    ) throws(QualityFault) {
        (self.database, self.context, self.rules, self.parse) = (database, context, rules, parse)
        (self.today, searcher) = (today, Searcher(context: context))
        let mistakes = rules.mistakes(today: today(), parse: parse)
        guard mistakes.isEmpty else { throw .rules(mistakes) }
    }

    /// What a rule asks on this day.
    func condition(_ rule: QualityRule) throws(QualityFault) -> (applies: RegistryQuery, fails: RegistryQuery) {
        var findings: [Finding] = []
        guard let condition = rule.condition(today: today(), parse, findings: &findings) else {
            throw .rules(findings)
        }
        return condition
    }

    /// The search that lists who breaks a rule.
    package func worklist(
        _ code: String, area: Area?, after: String?, limit: Int, counts: Bool
    ) throws(QualityFault) -> RegistryRequest {
        guard let rule = rules.rule(code) else { throw .ruleNotFound }
        let (applies, fails) = try condition(rule)
        var filter = applies.and(fails)
        if let area { filter = filter.and(.within([area.range])) }
        return RegistryRequest(
            subject: rule.subject, filter: filter, page: .after(cursor: after, limit: limit), wantsTotal: counts,
            today: today())
    }
}
