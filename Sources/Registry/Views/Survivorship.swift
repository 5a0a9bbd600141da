import Documents
import Foundation
package import Groundwork

/// Which record wins, by attribute; from `profiles/<country>/registry/survivorship.json` and `recertification.json`.
package struct ViewRules: Sendable {
    package enum Criterion: String, Sendable {
        /// The later day of observation, then the later recording.
        case newest
        /// The statement with the higher assurance.
        case verified
        /// The statement of the source that the profile ranks higher.
        case sourceRank = "source_rank"
        /// Between two sources: the birth date with the finer precision.
        case precise
        /// The value with more words.
        case complete
    }

    /// Criteria by attribute, the first that tells two records apart decides.
    package var criteria: [String: [Criterion]]
    /// Months until the data is due anew, by group kind; `person` for people, `default` for all others.
    package var recertificationMonths: [String: Int]
    /// Rank by source; a source without one has rank 0.
    package var sourceRanks: [String: Int]

    package init(
        criteria: [String: [Criterion]] = [:], recertificationMonths: [String: Int] = [:],
        sourceRanks: [String: Int] = [:]
    ) {
        (self.criteria, self.recertificationMonths) = (criteria, recertificationMonths)
        self.sourceRanks = sourceRanks
    }

    func criteria(for attribute: String) -> [Criterion] {
        criteria[attribute] ?? [.newest]
    }
}

/// The one function from records to views: the current row, the view as of a date, and the view as known on a date
/// are all this, over the records and links that count there.
package struct Survivorship: Sendable {
    package let rules: ViewRules

    package init(rules: ViewRules) {
        self.rules = rules
    }

    /// Attributes that accumulate or carry structure, and are not copied into `values`.
    static let structured: Set<String> = [
        "status", "union", "parents", "participation", "undoes", "recertified_on", "chosen",
    ]

    /// What the winners of all plain attributes are.
    struct Winners {
        var values: JSONObject = [:]
        var origins: [String: ID<SourceRecord>] = [:]
    }

    /// Records in the order of time: by day of observation, then of recording.
    static func ordered(_ records: [SourceRecord]) -> [SourceRecord] {
        guard records.count > 1 else { return records }
        return records.sorted { isBefore($0, $1) }
    }

    static func isBefore(_ left: SourceRecord, _ right: SourceRecord) -> Bool {
        if left.observedOn != right.observedOn { return left.observedOn < right.observedOn }
        if left.recordedAt != right.recordedAt { return left.recordedAt < right.recordedAt }
        return left.id < right.id
    }

    /// - Parameter records: ordered by time, without notes.
    func winners(of records: [SourceRecord]) -> Winners {
        var result = Winners()
        guard let newest = records.last else { return result }
        if records.count == 1 {
            for (key, value) in newest.claims where !value.isNull && !Self.structured.contains(key) {
                result.values.append(key, value)
            }
            return result
        }
        var best: [String: (record: SourceRecord, value: JSON)] = [:]
        var order: [String] = []
        for record in records {
            for (key, value) in record.claims where !Self.structured.contains(key) {
                guard let held = best[key] else {
                    best[key] = (record, value)
                    order.append(key)
                    continue
                }
                if prevails(record, value, over: held.record, held.value, key: key) {
                    best[key] = (record, value)
                }
            }
        }
        for key in order {
            guard let held = best[key], !held.value.isNull else { continue }
            result.values[key] = held.value
            if held.record.id != newest.id { result.origins[key] = held.record.id }
        }
        return result
    }

    /// Whether a later record's value replaces the one held.
    private func prevails(
        _ record: SourceRecord, _ value: JSON, over held: SourceRecord, _ heldValue: JSON, key: String
    ) -> Bool {
        // What a reviewer chose by hand stands over all that was known then, and is open to what is stated later.
        if held.hasChosen(key), record.recordedAt <= held.recordedAt { return false }
        if record.hasChosen(key), held.recordedAt <= record.recordedAt { return true }
        for criterion in rules.criteria(for: key) {
            switch criterion {
            case .newest:
                return true
            case .verified:
                if record.assurance.rank != held.assurance.rank {
                    return record.assurance.rank > held.assurance.rank
                }
            case .sourceRank:
                let (left, right) = (rules.sourceRanks[record.source] ?? 0, rules.sourceRanks[held.source] ?? 0)
                if left != right { return left > right }
            case .precise:
                // A source may correct itself to something less precise.
                if record.source == held.source { continue }
                let (left, right) = (Self.fineness(value), Self.fineness(heldValue))
                if left != right { return left > right }
            case .complete:
                if record.source == held.source { continue }
                let (left, right) = (Self.words(value), Self.words(heldValue))
                if left != right { return left > right }
            }
        }
        return true
    }

    /// 4 for a full day down to 1 for an estimate; a cleared value counts as a full day, so that it can be cleared.
    private static func fineness(_ value: JSON) -> Int {
        switch value["precision"]?.string {
        case "month": 3
        case "year": 2
        case "estimated": 1
        default: 4
        }
    }

    private static func words(_ value: JSON) -> Int {
        value.string?.split(separator: " ").count ?? 0
    }

    /// Identifiers accumulate, a later statement about the same one replaces the earlier; phones are stated as a whole.
    static func contacts(of records: [SourceRecord]) -> Contacts {
        var result = Contacts()
        for record in records {
            guard let contacts = record.contacts else { continue }
            for identifier in contacts.identifiers {
                if let index = result.identifiers.firstIndex(where: {
                    $0.type == identifier.type && $0.value == identifier.value
                }) {
                    result.identifiers[index] = identifier
                } else {
                    result.identifiers.append(identifier)
                }
            }
            if let phones = contacts.phones { result.phones = phones }
        }
        if result.phones?.isEmpty ?? false { result.phones = nil }
        return result
    }

    func due(after records: [SourceRecord], kind: String) -> CalendarDate? {
        guard months(kind) != nil else { return nil }
        var last: CalendarDate?
        for record in records {
            guard let day = record.claims["recertified_on"]?.string.flatMap({ CalendarDate($0) }) else { continue }
            last = max(last ?? day, day)
        }
        return last.flatMap { due(recertifiedOn: $0, kind: kind) }
    }

    private func months(_ kind: String) -> Int? {
        rules.recertificationMonths[kind] ?? rules.recertificationMonths["default"]
    }

    /// When a record falls due that was recertified on a day; nil where nothing falls due.
    ///
    /// - Parameter kind: `person`, or the kind of the household.
    package func due(recertifiedOn day: CalendarDate, kind: String) -> CalendarDate? {
        months(kind).map { day.adding(months: $0) }
    }

    /// The day of a recertification after which a record is due on that day; nil where nothing falls due.
    package func recertification(dueOn day: CalendarDate, kind: String) -> CalendarDate? {
        months(kind).map { day.adding(months: -$0) }
    }
}

extension SourceRecord {
    /// Whether a reviewer chose this record's value of the attribute by hand.
    fileprivate func hasChosen(_ key: String) -> Bool {
        guard let chosen = claims["chosen"]?.array else { return false }
        return chosen.contains(.string(key))
    }
}
