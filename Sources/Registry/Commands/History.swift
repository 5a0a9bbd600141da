import Documents
package import Foundation
package import Groundwork
package import Postgres

/// Views as of a day and as known at an instant, and how a subject came to be what it is.
package struct History: Sendable {
    let context: RegistryContext

    package init(context: RegistryContext) {
        self.context = context
    }

    /// The point in the two times: valid on a day, known at an instant; nil means now.
    package struct Point: Sendable {
        package var valid: CalendarDate?
        package var known: Date?

        package init(valid: CalendarDate? = nil, known: Date? = nil) {
            (self.valid, self.known) = (valid, known)
        }
    }

    /// The view of a person, computed from what was linked then by the same function that makes current rows.
    package func person(
        _ id: ID<Person>, at point: Point, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> PersonState? {
        let loaded = try await context.records.load([.person(id)], known: point.known, in: tx)
        guard let records = loaded.records[.person(id)] else { return nil }
        guard
            let view = context.survivorship.person(
                id, records: records, asOf: point.valid, householdOf: { loaded.households[$0] })
        else { return nil }
        if let home = Self.home(of: view, on: point.valid) {
            let household = try await self.household(home, at: point, in: tx)
            return PersonState(view: view, area: household?.state.area)
        }
        return PersonState(view: view, area: view.values["area"]?.string.flatMap { context.areas.index.area($0) })
    }

    /// The household that counts on the day: the primary one, or on a past day the newest spell that covers it.
    private static func home(of view: PersonView, on day: CalendarDate?) -> ID<Household>? {
        guard let day else { return view.primarySpell?.household }
        return view.spells.filter { $0.covers(day) }.max { $0.from < $1.from }?.household
    }

    package struct HouseholdAt: Sendable {
        package var state: HouseholdState
        /// Members on the day, or open members for the current view.
        package var members: [(person: ID<Person>, spell: Spell)]
    }

    /// The view of a household with its members.
    package func household(
        _ id: ID<Household>, at point: Point, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> HouseholdAt? {
        let loaded = try await context.records.load([.household(id)], known: point.known, in: tx)
        guard let records = loaded.records[.household(id)],
            let view = context.survivorship.household(id, records: records, asOf: point.valid)
        else { return nil }
        let people = try await peopleNaming(records.map(\.id), known: point.known, in: tx)
        let theirs = try await context.records.load(people.map(Subject.person), known: point.known, in: tx)
        var members: [(person: ID<Person>, spell: Spell)] = []
        for person in people {
            guard
                let view = context.survivorship.person(
                    person, records: theirs.records[.person(person)] ?? [], asOf: point.valid,
                    householdOf: { theirs.households[$0] })
            else { continue }
            let spell = view.spells.last { spell in
                spell.household == id && (point.valid.map { spell.covers($0) } ?? (spell.to == nil))
            }
            if let spell { members.append((person, spell)) }
        }
        let head = members.filter { $0.spell.role == .head }.max { left, right in
            (left.spell.from, left.person) < (right.spell.from, right.person)
        }
        let area = view.values["area"]?.string.flatMap { context.areas.index.area($0) }
        let state = HouseholdState(view: view, area: area, head: head?.person, size: members.count)
        return HouseholdAt(state: state, members: members)
    }

    private func peopleNaming(
        _ records: [ID<SourceRecord>], known: Date?, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [ID<Person>] {
        let held: SQL =
            known.map { "l.recorded_from <= \($0) AND l.recorded_to > \($0)" } ?? "l.recorded_to = 'infinity'"
        let rows = try await query(
            """
            SELECT DISTINCT l.subject_id
            FROM registry.source_record AS r
            JOIN registry.link AS l ON l.record_id = r.id
            WHERE r.household_record = ANY(\(records.map(\.rawValue)))
                AND \(fragment: held)
            """, in: tx)
        var people: [ID<Person>] = []
        do {
            for row in rows { people.append(ID(try row.get(0, as: UUID.self))) }
        } catch {
            throw .store(error)
        }
        return people.sorted()
    }

    /// The statements about a subject, oldest first, with the interval in which each counted.
    package func statements(
        of subject: Subject, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> [(record: SourceRecord, from: Date, to: Date?)] {
        let rows = try await query(
            """
            SELECT l.subject_kind, l.subject_id, r.id, r.source, r.source_key, r.command_id, r.batch_id, r.survey_id,
                r.observed_on, r.recorded_at, r.actor_id, r.assurance, r.household_record, r.membership, r.claims,
                r.sealed, l.recorded_from, nullif(l.recorded_to, 'infinity')
            FROM registry.link AS l
            JOIN registry.source_record AS r ON r.id = l.record_id
            WHERE l.subject_id = \(subject.id)
            ORDER BY r.recorded_at, r.id, l.recorded_from
            """, in: tx)
        var result: [(record: SourceRecord, from: Date, to: Date?)] = []
        do {
            for row in rows {
                let record = try context.records.record(row, kind: subject.kind)
                result.append((record, try row.get(16), try row.get(17)))
            }
        } catch {
            throw .defect("a stored record cannot be read")
        }
        return result
    }
}
