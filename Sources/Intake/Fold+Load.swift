import Foundation
import Groundwork
import Postgres
import Registry

extension Fold {
    /// Locks the rows of subjects not loaded yet, in the order in which every command locks, and reads their records.
    mutating func load(
        people wantedPeople: [ID<Person>], households wantedHouseholds: [ID<Household>], in tx: borrowing Transaction
    ) async throws {
        let newPeople = Set(wantedPeople).filter { people[$0] == nil }.sorted()
        let newHouseholds = Set(wantedHouseholds).filter { households[$0] == nil }.sorted()
        guard !newPeople.isEmpty || !newHouseholds.isEmpty else { return }
        let (personIDs, householdIDs) = (newPeople.map(\.rawValue), newHouseholds.map(\.rawValue))
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
            SELECT household_id, person_id, valid_from, role, is_primary
            FROM registry.membership WHERE household_id = ANY(\(householdIDs)) AND valid_to IS NULL
            """,
        ]
        let results = try await tx.query(all: locks + RecordStore.loading(subjects, known: nil))
        let loaded = try context.records.decode(results[3], results[4])
        anchors.merge(loaded.households) { _, new in new }
        for id in newHouseholds {
            households[id] = HouseholdSlot(records: loaded.records[.household(id)] ?? [])
            for record in households[id]?.records ?? [] { anchors[record.id] = id }
        }
        for id in newPeople { people[id] = PersonSlot(records: loaded.records[.person(id)] ?? []) }
        for row in results[2] {
            let id = ID<Household>(try row.get(0, as: UUID.self))
            let (person, member) = (ID<Person>(try row.get(1, as: UUID.self)), try member(row))
            households[id]?.members[person] = member
        }
        for row in results[0] { try readHousehold(row) }
        for row in results[1] { try readPerson(row) }
    }

    private func head(_ row: Row) throws -> RowHead {
        RowHead(
            version: Int(try row.get(1, as: Int32.self)), socialID: try row.get(2),
            registeredAt: Instant.text(try row.get(3)), updatedAt: Instant.text(try row.get(4)))
    }

    private mutating func readHousehold(_ row: Row) throws {
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

    private mutating func readPerson(_ row: Row) throws {
        let id = ID<Person>(try row.get(0, as: UUID.self))
        let head = try head(row)
        people[id]?.head = head
        let known = anchors
        let view = context.survivorship.person(id, records: people[id]?.records ?? [], householdOf: { known[$0] })
        guard let view else { return }
        let area: Int32? = try row.get(5)
        people[id]?.before = PersonState(view: view, area: area.flatMap { areas[Int($0)] })
    }

    private func member(_ row: Row) throws -> OpenMember {
        OpenMember(
            role: MemberRole(rawValue: try row.get(3)) ?? .member, from: try row.get(2), isPrimary: try row.get(4))
    }
}
