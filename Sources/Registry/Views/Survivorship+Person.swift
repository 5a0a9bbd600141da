import Foundation
package import Groundwork
import Documents

extension Survivorship {
    /// The view of a person over the records given.
    ///
    /// - Parameters:
    ///   - records: all records linked to the person at the point of knowing.
    ///   - day: the day for which the view is valid; nil for the current view.
    ///   - householdOf: the household that a household record is linked to at the point of knowing.
    /// - Returns: nil when no statement holds on that day; what programmes reported makes nobody by itself.
    package func person(
        _ id: ID<Person>, records all: [SourceRecord], asOf day: CalendarDate? = nil,
        householdOf: (ID<SourceRecord>) -> ID<Household>?
    ) -> PersonView? {
        let statements = all.filter { $0.claims["undoes"] == nil }
        let all = Self.ordered(day.map { day in statements.filter { $0.observedOn <= day } } ?? statements)
        let records = all.contains(where: \.isReport) ? all.filter { !$0.isReport } : all
        guard let newest = records.last else { return nil }
        let winners = winners(of: records)
        let status = Self.status(of: records)
        var view = PersonView(
            id: id, status: .active, values: winners.values, origins: winners.origins,
            contacts: Self.contacts(of: records), spells: Self.spells(of: records, asOf: day, householdOf: householdOf),
            participation: Self.participation(of: all), unions: Self.unions(of: records),
            birth: Self.birth(of: records), mergedInto: nil, observedOn: newest.observedOn,
            dueOn: due(after: records, kind: "person"),
            registeredAt: records.map(\.recordedAt).min() ?? newest.recordedAt)
        if let survivor = status?["merged_into"]?.string.flatMap({ ID<Person>($0) }) {
            (view.status, view.mergedInto) = (.merged, survivor)
        } else if view.values["death_date"] != nil {
            view.status = .deceased
        } else if status?["value"]?.string == "inactive" {
            view.status = .inactive
        }
        return view
    }

    /// The newest status claim: `{value, reason, merged_into}`.
    static func status(of records: [SourceRecord]) -> JSON? {
        records.last { $0.claims["status"] != nil }?.claims["status"]
    }

    /// Memberships, household by household, from the claims in the order of the days they speak of.
    static func spells(
        of records: [SourceRecord], asOf day: CalendarDate?, householdOf: (ID<SourceRecord>) -> ID<Household>?
    ) -> [Spell] {
        typealias Claim = (claim: MembershipClaim, record: SourceRecord, household: ID<Household>)
        var claims: [Claim] = []
        for record in records {
            guard let claim = record.membership, let household = householdOf(claim.household) else { continue }
            if let day, claim.on > day { continue }
            claims.append((claim, record, household))
        }
        guard !claims.isEmpty else { return [] }
        if claims.count > 1 {
            claims.sort { left, right in
                if left.claim.on != right.claim.on { return left.claim.on < right.claim.on }
                if left.record.recordedAt != right.record.recordedAt {
                    return left.record.recordedAt < right.record.recordedAt
                }
                return left.record.id < right.record.id
            }
        }
        var spells: [(spell: Spell, touched: SourceRecord)] = []
        for (claim, record, household) in claims {
            let open = spells.lastIndex { $0.spell.household == household && $0.spell.to == nil }
            switch claim.operation {
            case .join:
                if let open {
                    apply(claim, to: &spells[open].spell)
                    spells[open].touched = record
                } else if let same = spells.lastIndex(where: {
                    $0.spell.household == household && $0.spell.from == claim.on
                }) {
                    (spells[same].spell.to, spells[same].spell.endReason) = (nil, nil)
                    spells[same].spell.successor = nil
                    apply(claim, to: &spells[same].spell)
                    spells[same].touched = record
                } else {
                    var spell = Spell(
                        household: household, from: claim.on, to: nil, role: .member, relationship: nil,
                        recipient: nil, isPrimary: false, endReason: nil, successor: nil)
                    apply(claim, to: &spell)
                    spells.append((spell, record))
                }
            case .amend:
                guard let open else { continue }
                apply(claim, to: &spells[open].spell)
                spells[open].touched = record
            case .leave:
                guard let open else { continue }
                spells[open].spell.to = claim.on
                spells[open].spell.endReason = claim.reason
                spells[open].spell.successor = claim.successor
                spells[open].spell.recipient = nil
            }
        }
        let primary = spells.indices.filter { spells[$0].spell.to == nil }.max { left, right in
            let (a, b) = (spells[left], spells[right])
            if a.spell.from != b.spell.from { return a.spell.from < b.spell.from }
            if a.touched.recordedAt != b.touched.recordedAt { return a.touched.recordedAt < b.touched.recordedAt }
            return a.spell.household < b.spell.household
        }
        if let primary { spells[primary].spell.isPrimary = true }
        return spells.map(\.spell)
    }

    private static func apply(_ claim: MembershipClaim, to spell: inout Spell) {
        if let role = claim.role { spell.role = role }
        if let relationship = claim.relationship { spell.relationship = relationship }
        if let recipient = claim.recipient { spell.recipient = recipient == .none ? nil : recipient }
    }

    static func unions(of records: [SourceRecord]) -> [CivilUnion] {
        var unions: [CivilUnion] = []
        for record in records {
            guard let claim = record.claims["union"],
                let partner = claim["partner"]?.string.flatMap({ ID<Person>($0) }),
                let from = claim["from"]?.string.flatMap({ CalendarDate($0) })
            else { continue }
            let index = unions.firstIndex { $0.partner == partner && $0.from == from }
            var union =
                index.map { unions[$0] }
                ?? CivilUnion(
                    partner: partner, kind: "civil_marriage", from: from, to: nil, endReason: nil, place: nil,
                    registration: nil)
            if let kind = claim["kind"]?.string { union.kind = kind }
            if let to = claim["to"]?.string { union.to = CalendarDate(to) }
            if let reason = claim["end_reason"]?.string { union.endReason = reason }
            if let place = claim["place"]?.string { union.place = place }
            if let registration = claim["registration"]?.string { union.registration = registration }
            if let index { unions[index] = union } else { unions.append(union) }
        }
        return unions
    }

    static func birth(of records: [SourceRecord]) -> BirthFacts? {
        var facts: BirthFacts?
        for record in records {
            guard let claim = record.claims["parents"], !claim.isNull else { continue }
            var held = facts ?? BirthFacts(mother: nil, father: nil, place: nil, registration: nil)
            if let mother = claim["mother"]?.string { held.mother = ID<Person>(mother) }
            if let father = claim["father"]?.string { held.father = ID<Person>(father) }
            if let place = claim["place"]?.string { held.place = place }
            if let registration = claim["registration"]?.string { held.registration = registration }
            facts = held
        }
        return facts
    }

    /// Reports by the programme's own key: a later one replaces an earlier one of the same key.
    static func participation(of records: [SourceRecord]) -> [Participation] {
        var result: [Participation] = []
        var places: [Participation.Key: Int] = [:]
        for record in records {
            guard let list = record.claims["participation"]?.array else { continue }
            for item in list {
                guard let report = Participation(item) else { continue }
                if let place = places[report.identity] {
                    result[place] = report
                } else {
                    places[report.identity] = result.count
                    result.append(report)
                }
            }
        }
        return result
    }
}
