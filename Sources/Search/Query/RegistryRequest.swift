package import Groundwork
package import Registry

/// What is asked for, in which order, and how much of it.
package struct RegistryRequest: Sendable {
    package enum Page: Sendable, Equatable {
        /// Pages counted from 1.
        case numbered(size: Int, number: Int)
        /// What follows the cursor of an earlier page; nil for the first.
        case after(cursor: String?, limit: Int)
    }

    package var subject: SubjectKind
    package var filter: RegistryQuery
    /// Without any, by likeness when a name is searched, else in the order that serves the filter best.
    package var sort: [Sort]
    package var page: Page
    /// Whether the exact number of all that fit is counted.
    package var wantsTotal: Bool
    /// Whether households come with their open members.
    package var withMembers: Bool
    /// The day on which ages are told.
    package var today: CalendarDate

    package init(
        subject: SubjectKind, filter: RegistryQuery, sort: [Sort] = [], page: Page = .after(cursor: nil, limit: 50),
        wantsTotal: Bool = false, withMembers: Bool = false, today: CalendarDate
    ) {
        (self.subject, self.filter, self.sort, self.page) = (subject, filter, sort, page)
        (self.wantsTotal, self.withMembers, self.today) = (wantsTotal, withMembers, today)
    }

    var size: Int {
        switch page {
        case .numbered(let size, _): size
        case .after(_, let limit): limit
        }
    }

    var isFirstPage: Bool {
        switch page {
        case .numbered(_, let number): number == 1
        case .after(let cursor, _): cursor == nil
        }
    }
}

/// One page of an answer.
package struct Page<Record: Sendable>: Sendable {
    package var records: [Record]
    /// Where the next page begins; nil on the last.
    package var next: String?
    /// How many fit in all; nil unless asked for.
    package var total: Int?
    /// True when a name is so common that only the first candidates were ranked; narrow the search.
    package var isTruncated: Bool

    package init(records: [Record], next: String? = nil, total: Int? = nil, isTruncated: Bool = false) {
        (self.records, self.next, self.total, self.isTruncated) = (records, next, total, isTruncated)
    }

    package func map<Other: Sendable>(_ transform: (Record) throws -> Other) rethrows -> Page<Other> {
        Page<Other>(
            records: try records.map(transform), next: next, total: total, isTruncated: isTruncated)
    }
}

/// Bounds of one answer, from the settings.
package struct SearchLimits: Sendable {
    /// Records on one page.
    package var pageSize: Int
    /// How far numbered pages reach; behind it, cursors serve.
    package var offset: Int
    /// How many candidates of a name are ranked.
    package var candidates: Int

    package init(pageSize: Int = 1000, offset: Int = 1_000_000, candidates: Int = 1000) {
        (self.pageSize, self.offset, self.candidates) = (pageSize, offset, candidates)
    }

    package static let standard: SearchLimits = SearchLimits()
}

extension RegistryRequest {
    /// - Throws: `.invalid` with a finding for each bound that is not kept.
    func checkPage(_ limits: SearchLimits) throws(RegistryFault) {
        var findings: [Finding] = []
        if !(1...limits.pageSize).contains(size) {
            findings.append(
                Finding("page/size", code: "page.size", "A page holds 1 to \(limits.pageSize) records."))
        }
        if case .numbered(let size, let number) = page {
            if number < 1 {
                findings.append(Finding("page/number", code: "page.number", "Pages are counted from 1."))
            } else if number - 1 > limits.offset / max(1, size) {
                findings.append(
                    Finding(
                        "page/number", code: "page.too_deep",
                        "Numbered pages reach to record \(limits.offset); go on with the cursor."))
            }
        }
        if sort.count > RegistryQuery.Limits.sorts {
            findings.append(
                Finding("sort", code: "sort.too_many", "At most \(RegistryQuery.Limits.sorts) sort keys are accepted."))
        }
        guard findings.isEmpty else { throw .invalid(findings) }
    }

    var offset: Int {
        if case .numbered(let size, let number) = page { (number - 1) * size } else { 0 }
    }
}
