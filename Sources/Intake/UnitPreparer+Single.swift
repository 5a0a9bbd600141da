import Documents
import Foundation
import Groundwork
import Registry

/// Rows that stand for themselves: households without people, people of households that came before, reports, codes.
extension UnitPreparer {
    func single(_ given: ReadRow, number: Int) -> PreparedUnit {
        var row = given
        var content: PreparedUnit.Content?
        if row.findings.isEmpty {
            switch mapping.content {
            case .households, .registry:
                Self.checkHousehold(&row)
                if row.findings.isEmpty { content = household(alone: row) }
            case .people: content = person(alone: &row)
            case .participation: content = report(&row)
            case .areas: content = code(row)
            }
            if content == nil, row.findings.isEmpty {
                row.refuse("", "value.missing", "The line lacks what makes it one.", "Fill in key and date.")
            }
        }
        return PreparedUnit(
            number: number,
            lines: [
                PreparedUnit.Line(
                    line: row.line, raw: row.raw, findings: row.findings,
                    householdHash: mapping.content == .households ? row.householdKey.map(Mark.household) : nil,
                    personHash: ownKey(of: row, content))
            ], content: content)
    }

    /// What may stand once in the file.
    private func ownKey(of row: ReadRow, _ content: PreparedUnit.Content?) -> UUID? {
        switch mapping.content {
        case .people: return row.personKey.map(Mark.person)
        case .participation: return (content?.report?.record.sourceKey).map(Mark.statement)
        case .areas: return (content?.code).map { Mark.statement($0.system + ":" + $0.code) }
        case .registry, .households: return nil
        }
    }

    // MARK: People

    private func person(alone row: inout ReadRow) -> PreparedUnit.Content? {
        guard let key = row.personKey, let observed = row.observedOn else { return nil }
        if let age = row.age, row.birth == nil { row.birth = PartialDate.estimated(age: age, on: observed) }
        var claims = row.person
        if claims["consent_basis"]?.string == "refused" {
            row.refuse(
                "consent_basis", "consent.refused", "Consent was refused, so nothing may be recorded.",
                "Leave the person out.")
            return nil
        }
        if let birth = row.birth { claims["birth_date"] = AttributeDictionary.json(birth) }
        certify(&claims, row.personDueOn, observed, kind: "person")
        // Which record of the household it is comes out when the chunk is applied.
        let membership = row.householdKey.map { _ in
            MembershipClaim(
                household: ID<SourceRecord>(), operation: .join, on: observed, role: row.isHead ? .head : .member,
                relationship: row.relationship, recipient: row.recipient)
        }
        let record = statement(
            .person, key, observed, claims: claims, membership: membership,
            contacts: row.contacts.isEmpty ? nil : row.contacts)
        let entry = PreparedUnit.Entry(
            record: record, hash: record.contentHash(with: context.keys), id: ID<Person>().rawValue, cells: [],
            nameKeys: [])
        return PreparedUnit.Content(
            people: [entry], identifiers: [],
            about: row.householdKey.map { PreparedUnit.About(kind: .household, key: $0) })
    }

    // MARK: What programmes reported

    private func report(_ row: inout ReadRow) -> PreparedUnit.Content? {
        let about: PreparedUnit.About
        switch (row.personKey, row.householdKey) {
        case (let key?, nil): about = PreparedUnit.About(kind: .person, key: key)
        case (nil, let key?): about = PreparedUnit.About(kind: .household, key: key)
        default:
            row.refuse(
                "", "participation.subject", "The line must name either a person or a household.",
                "Give the key of the one who takes part, and leave the other empty.")
            return nil
        }
        guard let observed = row.observedOn, let item = item(&row) else { return nil }
        let record = statement(
            about.kind, SourceRecord.reportKey(of: item, about: mapping.usesRegistryKeys ? about.key : nil), observed,
            claims: ["participation": .array([item.json])])
        return PreparedUnit.Content(
            people: [], identifiers: [], about: about,
            report: PreparedUnit.Report(record: record, hash: record.contentHash(with: context.keys), item: item))
    }

    private func item(_ row: inout ReadRow) -> Participation? {
        let stated = row.stated
        guard let programme = stated["programme"]?.string, let key = stated["key"]?.string,
            let kind = stated["kind"]?.string.flatMap(Participation.Kind.init(rawValue:))
        else { return nil }
        func day(_ name: String) -> CalendarDate? { stated[name]?.string.flatMap { CalendarDate($0) } }
        let (from, to) = (day("from"), day("to"))
        if let from, let to, to < from {
            row.refuse("to", "date.order", "The last day lies before the first.", "Correct one of the two days.")
        }
        let minor = stated["amount"]?.int ?? stated["amount_minor"]?.int
        let money = minor.flatMap { minor in
            stated["currency"]?.string.flatMap { Money(minorUnits: Int64(minor), currency: $0) }
        }
        if minor != nil, money == nil {
            row.refuse(
                "currency", "money.currency", "The amount has no currency.",
                "Give the currency as three capital letters, ISO 4217.")
        }
        var detail: JSONObject = [:]
        for (name, value) in stated where name.hasPrefix("detail.") {
            detail[String(name.dropFirst("detail.".count))] = value
        }
        guard row.findings.isEmpty else { return nil }
        return Participation(
            programme: programme, kind: kind, key: key, status: stated["status"]?.string, from: from, to: to,
            amount: money, detail: detail)
    }

    // MARK: Codes of areas

    private func code(_ row: ReadRow) -> PreparedUnit.Content? {
        guard let system = row.stated["system"]?.string, let code = row.stated["code"]?.string,
            let area = row.stated["area"]?.string.flatMap({ areas.area($0) })
        else { return nil }
        return PreparedUnit.Content(
            people: [], identifiers: [],
            code: PreparedUnit.AreaCode(system: system, code: code, area: area.id))
    }
}

extension SourceRecord {
    /// The source's key of what a programme reported: apart from the keys of people and households.
    ///
    /// - Parameter subject: told too where the lines of many sources stand in one file, as in an export.
    static func reportKey(of item: Participation, about subject: String? = nil) -> String {
        let words = [subject, item.programme, item.kind.rawValue, item.key].compactMap { $0 }
        return reportPrefix + words.joined(separator: "/")
    }

    static let reportPrefix: String = "participation/"
}
