import Groundwork
import Postgres
import Registry
import Search

/// One request of a message made ready for the database.
struct SearchPlan: Sendable {
    var kind: RecordKind
    var page: PageTerm
    var request: RegistryRequest
    /// Statements that answer it in the message's one round trip; nil when it needs a transaction.
    var statements: [SQL]?

    /// - Throws: why the request cannot be answered, in DCI's terms.
    init(
        _ criteria: SearchCriteria, translator: SearchTranslator, searcher: Searcher, settings: DCISettings,
        mayListAll: Bool, today: CalendarDate
    ) throws(ItemRefusal) {
        kind = criteria.record
        let subject: SubjectKind = kind == .group ? .household : .person
        if case .condition(let condition) = criteria.query, !condition.restricts, !mayListAll {
            throw ItemRefusal(.filterInvalid, "search_criteria.query: an empty filter is not open to this caller.")
        }
        let filter = try translator.filter(criteria.query, for: subject)
        let sort = try translator.sort(criteria.sort, for: subject)
        page = criteria.page ?? PageTerm(size: settings.standardPageSize, number: 1)
        guard page.size <= settings.maximumPageSize else {
            throw ItemRefusal(
                .pageInvalid, "search_criteria.pagination.page_size: at most \(settings.maximumPageSize) records.")
        }
        let (last, overflow) = page.size.multipliedReportingOverflow(by: page.number)
        guard !overflow, last <= settings.furthestRecord || page.number == 1 else {
            throw ItemRefusal(
                .tooManyRecords,
                "Pages reach to record \(settings.furthestRecord); narrow the query, or ask for an export.")
        }
        request = RegistryRequest(
            subject: subject, filter: filter, sort: sort, page: .numbered(size: page.size, number: page.number),
            wantsTotal: true, withMembers: subject == .household, today: today)
        do {
            statements = try searcher.statements(for: request)
        } catch {
            throw Self.refusal(error)
        }
    }

    /// A fault of the search as a refusal of the request; what is not the caller's to mend is a defect of ours.
    static func refusal(_ fault: RegistryFault) -> ItemRefusal {
        let finding: Finding? = if case .invalid(let findings) = fault.kind { findings.first } else { nil }
        let reason: ItemReason =
            switch finding?.path.steps.first {
            case "sort": .sortInvalid
            case "page": .pageInvalid
            default: .filterInvalid
            }
        let place = finding.map { $0.path.dotted + ": " } ?? ""
        return ItemRefusal(reason, "search_criteria: \(place)\(finding?.summary ?? fault.summary)")
    }
}
