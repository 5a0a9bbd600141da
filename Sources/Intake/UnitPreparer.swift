import Cryptography
import Documents
import Foundation
import Groundwork
import Registry

/// Turns the lines of one household into statements, and the statements into rows by the trunk's own functions.
struct UnitPreparer: Sendable {
    let context: RegistryContext
    let areas: AreaIndex
    let source: String
    let batch: UUID
    let actor: ActorID
    let header: FileHeader
    let mapping: FileMapping

    static let left: Set<String> = ["version", "social_id", "origins", "merged_into", "registered_at", "updated_at"]
    static let personShape: RowShape = RowShape(PersonRow.table, leaving: left)
    static let householdShape: RowShape = RowShape(HouseholdRow.table, leaving: left)
    static let identifierShape: RowShape = RowShape(Contacts.table, leaving: [])
    /// Social id, version and times come only when the chunk is applied.
    private static let blank = RowHead(version: 1, socialID: "", registeredAt: "", updatedAt: "")

    func prepare(_ given: [ReadRow], number: Int) -> PreparedUnit {
        if mapping.content.isSingle, let row = given.first { return single(row, number: number) }
        var rows = given
        let head = rows.firstIndex { $0.isHead }
        checkTogether(&rows, head: head)
        var content: PreparedUnit.Content?
        if let head, rows.allSatisfy({ $0.findings.isEmpty }) { content = understood(&rows, head: head) }
        let lines = rows.map { row in
            PreparedUnit.Line(
                line: row.line, raw: row.raw, findings: row.findings,
                householdHash: row.householdKey.map(Mark.household), personHash: row.personKey.map(Mark.person))
        }
        return PreparedUnit(number: number, lines: lines, content: content)
    }

    /// Rules within the household; those across households are the database's.
    private func checkTogether(_ rows: inout [ReadRow], head: Int?) {
        UnitRules.check(&rows)
        guard let head else { return }
        for index in rows.indices where index != head && !rows[index].repeated.isEmpty && !rows[index].isHead {
            for (place, bytes) in rows[index].repeated where rows[head].cells?.bytes(place) ?? [] != bytes {
                rows[index].refuse(
                    header.names[place], "household.differs", "The value differs from the head's line.",
                    "State what is said of the household on the head's line only.")
            }
        }
        for index in rows.indices {
            guard let age = rows[index].age, rows[index].birth == nil else { continue }
            rows[index].birth = rows[head].observedOn.flatMap { PartialDate.estimated(age: age, on: $0) }
        }
        Self.checkHousehold(&rows[head])
    }

    static func checkHousehold(_ row: inout ReadRow) {
        if (row.household["latitude"] == nil) != (row.household["longitude"] == nil), row.findings.isEmpty {
            row.refuse(
                row.household["latitude"] == nil ? "latitude" : "longitude", "point.half",
                "Half of the point is missing.", "Give latitude and longitude or neither.")
        }
        if row.household["consent_basis"]?.string == "refused" {
            row.refuse(
                "consent_basis", "consent.refused", "Consent was refused, so nothing may be recorded.",
                "Leave the household out.")
        }
    }

    private func understood(_ rows: inout [ReadRow], head: Int) -> PreparedUnit.Content? {
        guard let key = rows[head].householdKey, let observed = rows[head].observedOn else { return nil }
        let id = ID<Household>()
        let basis = rows[head].household["consent_basis"]
        let record = householdRecord(rows[head], key: key, observed)
        let area = rows[head].household["area"]?.string.flatMap { areas.area($0) }
        var people: [PreparedUnit.Entry] = []
        var identifiers = Self.identifierCells(rows[head].householdContacts, of: .household(id), context)
        var headID: ID<Person>?
        for row in rows {
            let entry = person(row, household: id, anchor: record.id, observed: observed, basis: basis, area: area)
            if row.isHead { headID = ID(entry.id) }
            identifiers += Self.identifierCells(row.contacts, of: Subject(.person, entry.id), context)
            people.append(entry)
        }
        guard let household = householdEntry(record, id, area: area, head: headID, size: people.count) else {
            return nil
        }
        return PreparedUnit.Content(household: household, people: people, identifiers: identifiers)
    }

    private static func identifierCells(_ contacts: Contacts, of subject: Subject, _ context: RegistryContext)
        -> [[Cell]]
    {
        contacts.all.map { item in
            identifierShape.cells { Contacts.fill(item, of: subject, context: context, $0) }
        }
    }

    private func householdRecord(_ row: ReadRow, key: String, _ observed: CalendarDate) -> SourceRecord {
        var claims = row.household
        certify(&claims, row.householdDueOn, observed, kind: claims["kind"]?.string ?? "household")
        let contacts = row.householdContacts
        return statement(.household, key, observed, claims: claims, contacts: contacts.isEmpty ? nil : contacts)
    }

    private func householdEntry(
        _ record: SourceRecord, _ id: ID<Household>, area: Area?, head: ID<Person>?, size: Int
    ) -> PreparedUnit.Entry? {
        guard let view = context.survivorship.household(id, records: [record]) else { return nil }
        let state = HouseholdState(view: view, area: area, head: head, size: size)
        let cells = Self.householdShape.cells {
            HouseholdRow.fill(state, head: Self.blank, context: context, $0)
        }
        return PreparedUnit.Entry(
            record: record, hash: record.contentHash(with: context.keys), id: id.rawValue, cells: cells, nameKeys: [])
    }

    /// A household whose people come in another file.
    func household(alone row: ReadRow) -> PreparedUnit.Content? {
        guard let key = row.householdKey, let observed = row.observedOn else { return nil }
        let id = ID<Household>()
        let area = row.household["area"]?.string.flatMap { areas.area($0) }
        let record = householdRecord(row, key: key, observed)
        guard let entry = householdEntry(record, id, area: area, head: nil, size: 0) else { return nil }
        return PreparedUnit.Content(
            household: entry, people: [],
            identifiers: Self.identifierCells(row.householdContacts, of: .household(id), context))
    }

    private func person(
        _ row: ReadRow, household: ID<Household>, anchor: ID<SourceRecord>, observed: CalendarDate, basis: JSON?,
        area: Area?
    ) -> PreparedUnit.Entry {
        let id = ID<Person>()
        var claims = row.person
        if let birth = row.birth { claims["birth_date"] = AttributeDictionary.json(birth) }
        if claims["consent_basis"] == nil, let basis { claims["consent_basis"] = basis }
        certify(&claims, row.personDueOn, observed, kind: "person")
        let membership = MembershipClaim(
            household: anchor, operation: .join, on: observed, role: row.isHead ? .head : .member,
            relationship: row.relationship, recipient: row.recipient)
        let record = statement(
            .person, row.personKey ?? "", observed, claims: claims, membership: membership,
            contacts: row.contacts.isEmpty ? nil : row.contacts)
        let hash = record.contentHash(with: context.keys)
        guard let view = context.survivorship.person(id, records: [record], householdOf: { _ in household }) else {
            // Nil only for a note about an undone command, and no layout can state `undoes`: it is no attribute.
            fatalError("a single statement always gives a view")
        }
        let state = PersonState(view: view, area: area)
        let cells = Self.personShape.cells { PersonRow.fill(state, head: Self.blank, context: context, $0) }
        return PreparedUnit.Entry(
            record: record, hash: hash, id: id.rawValue, cells: cells,
            nameKeys: PersonRow.nameKeys(view.values, context: context))
    }

    /// Says that the record was certified: by the day on which it is due where the file tells it, else on the day of the
    /// observation; a file with the registry's own keys tells it or says nothing.
    func certify(_ claims: inout JSONObject, _ due: CalendarDate?, _ observed: CalendarDate, kind: String) {
        let day = due.flatMap { context.survivorship.recertification(dueOn: $0, kind: kind) }
        if let day = day ?? (mapping.usesRegistryKeys ? nil : observed) {
            claims["recertified_on"] = .string(day.description)
        }
    }

    /// Command and time of recording are the chunk's, filled in when it is applied.
    func statement(
        _ kind: SubjectKind, _ key: String, _ observed: CalendarDate, claims: JSONObject,
        membership: MembershipClaim? = nil, contacts: Contacts? = nil
    ) -> SourceRecord {
        SourceRecord(
            kind: kind, source: source, sourceKey: key, command: ID(batch), batch: batch, observedOn: observed,
            recordedAt: Date(timeIntervalSince1970: 0), actor: actor, assurance: .declared, membership: membership,
            claims: claims, contacts: contacts)
    }
}
