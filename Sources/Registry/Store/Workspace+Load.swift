import Documents
import Foundation
import Groundwork
import Postgres

extension Workspace {
    /// Locks the rows of the subjects that are not loaded yet and reads their records.
    mutating func load(
        people: [ID<Person>] = [], households wanted: [ID<Household>] = [], in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let newPeople = Array(Set(people).filter { persons[$0] == nil }).sorted()
        let newHouseholds = Array(Set(wanted).filter { households[$0] == nil }).sorted()
        guard !newPeople.isEmpty || !newHouseholds.isEmpty else { return }
        let personIDs = newPeople.map(\.rawValue)
        let householdIDs = newHouseholds.map(\.rawValue)
        let subjects = newHouseholds.map(Subject.household) + newPeople.map(Subject.person)
        let locks: [SQL] = [
            """
            SELECT id, version, social_id, registered_at, updated_at, area_id, head_id, size
            FROM registry.household WHERE id = ANY(\(householdIDs)) ORDER BY id FOR UPDATE
            """,
            """
            SELECT id, version, social_id, registered_at, updated_at, area_id
            FROM registry.person WHERE id = ANY(\(personIDs)) ORDER BY id FOR UPDATE
            """,
            """
            SELECT household_id, person_id, valid_from, role, relationship, recipient, is_primary
            FROM registry.membership WHERE household_id = ANY(\(householdIDs)) AND valid_to IS NULL
            """,
            "SELECT clock_timestamp()",
        ]
        let results = try await query(all: locks + RecordStore.loading(subjects, known: nil), in: tx)
        let loaded = try context.records.decode(results[4], results[5])
        anchors.merge(loaded.households) { _, new in new }
        brought.formUnion(loaded.brought)
        do {
            // Later statements must sort after everything that the locked rows were made of.
            if let clock: Date = try results[3].first?.get(0) { now = max(now, clock) }
            for id in newHouseholds {
                let records = loaded.records[.household(id)] ?? []
                households[id] = HouseholdSlot(records: records)
                for record in records { anchors[record.id] = id }
            }
            for id in newPeople { persons[id] = PersonSlot(records: loaded.records[.person(id)] ?? []) }
            for row in results[2] {
                let id = ID<Household>(try row.get(0, as: UUID.self))
                let member = ID<Person>(try row.get(1, as: UUID.self))
                let spell = try spell(row, household: id)
                households[id]?.members[member] = spell
            }
            for row in results[0] { try readHousehold(row) }
            for row in results[1] { try readPerson(row) }
        } catch {
            throw .store(error)
        }
    }

    private func head(_ row: Row) throws(DatabaseError) -> RowHead {
        RowHead(
            version: Int(try row.get(1, as: Int32.self)), socialID: try row.get(2),
            registeredAt: Instant.text(try row.get(3)), updatedAt: Instant.text(try row.get(4)))
    }

    private mutating func readHousehold(_ row: Row) throws(DatabaseError) {
        let id = ID<Household>(try row.get(0, as: UUID.self))
        let head = try head(row)
        households[id]?.head = head
        guard let view = context.survivorship.household(id, records: households[id]?.records ?? []) else { return }
        let area: Int32? = try row.get(5)
        let headID: UUID? = try row.get(6)
        households[id]?.before = HouseholdState(
            view: view, area: area.flatMap { areas[Int($0)] }, head: headID.map { ID($0) },
            size: Int(try row.get(7, as: Int32.self)))
    }

    private mutating func readPerson(_ row: Row) throws(DatabaseError) {
        let id = ID<Person>(try row.get(0, as: UUID.self))
        let head = try head(row)
        persons[id]?.head = head
        let known = anchors
        guard
            let view = context.survivorship.person(
                id, records: persons[id]?.records ?? [], householdOf: { known[$0] })
        else { return }
        let area: Int32? = try row.get(5)
        persons[id]?.before = PersonState(view: view, area: area.flatMap { areas[Int($0)] })
    }

    private func spell(_ row: Row, household: ID<Household>) throws(DatabaseError) -> Spell {
        Spell(
            household: household, from: try row.get(2), to: nil,
            role: MemberRole(rawValue: try row.get(3)) ?? .member, relationship: try row.get(4),
            recipient: try row.get(5, as: String?.self).flatMap(Recipient.init(rawValue:)),
            isPrimary: try row.get(6), endReason: nil, successor: nil)
    }

    /// Compares the versions that the caller saw with those locked.
    func checkVersions() throws(RegistryFault) {
        for (subject, version) in terms.expected {
            let current: Int?
            switch subject.kind {
            case .person: current = persons[ID(subject.id)]?.head?.version
            case .household: current = households[ID(subject.id)]?.head?.version
            }
            if let current, current != version { throw .staleVersion(expected: version, current: current) }
        }
    }
}
