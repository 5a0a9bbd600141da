import Documents
import Foundation
import Groundwork
import Postgres

extension Registrar {
    /// Undoes a command: its records lose their links, records that it moved get their old links back, and a note is
    /// stated of every subject. The views are then what they were, because they are computed from what is linked.
    func undo(
        _ id: CommandID, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let results = try await query(
            all: [
                "SELECT kind, recorded_at FROM registry.command WHERE id = \(id)",
                "SELECT id FROM registry.command WHERE undoes = \(id)",
                """
                SELECT home.record_id, home.subject_kind, home.subject_id, now.subject_kind, now.subject_id
                FROM registry.link AS home
                JOIN registry.link AS now ON now.record_id = home.record_id AND now.recorded_to = 'infinity'
                WHERE home.closed_by = \(id)
                """,
                """
                SELECT l.record_id, l.subject_kind, l.subject_id
                FROM registry.link AS l
                JOIN registry.source_record AS r ON r.id = l.record_id
                WHERE r.command_id = \(id) AND l.recorded_to = 'infinity'
                """,
            ], in: tx)
        let plan: UndoPlan
        do {
            plan = try UndoPlan(id, results)
        } catch let fault as RegistryFault {
            throw fault
        } catch {
            throw .defect("a stored command cannot be read")
        }
        try await load(plan, &space, in: tx)
        try space.checkVersions()
        try await refuseLaterChanges(id, plan, &space, in: tx)
        space.main = plan.subjects.first?.id
        // Records of the command leave their subjects; a record it moved goes back where it was.
        for item in plan.own { space.unlink(item.record, from: item.subject) }
        for item in plan.moved where item.home != item.subject {
            guard let record = space.record(item.record) else { continue }
            space.unlink(item.record, from: item.subject)
            space.relink(record, to: item.home)
        }
        for subject in plan.subjects {
            space.state(subject, claims: ["undoes": .string(id.description)])
            space.emit(.commandUndone, subject, ["command": .string(id.description)])
        }
        for person in space.persons.keys { space.persons[person]?.isTouched = true }
        for household in space.households.keys { space.households[household]?.isTouched = true }
    }

    private func load(
        _ plan: UndoPlan, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let groups = plan.subjects.filter { $0.kind == .household }
        let rows = try await query(
            "SELECT DISTINCT person_id FROM registry.membership WHERE household_id = ANY(\(groups.map(\.id)))",
            in: tx)
        var people: [ID<Person>] = plan.subjects.filter { $0.kind == .person }.map { ID($0.id) }
        do {
            for row in rows { people.append(ID(try row.get(0, as: UUID.self))) }
        } catch {
            throw .store(error)
        }
        try await space.load(people: people, households: groups.map { ID($0.id) }, in: tx)
    }

    /// A command can be undone only when nothing that came after builds on it.
    private func refuseLaterChanges(
        _ id: CommandID, _ plan: UndoPlan, _ space: inout Workspace, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        let subjects = plan.subjects.map(\.id)
        let records = plan.own.map(\.record.rawValue)
        let rows = try await query(
            """
            SELECT EXISTS (
                SELECT 1
                FROM registry.link AS l
                JOIN registry.source_record AS r ON r.id = l.record_id
                WHERE l.subject_id = ANY(\(subjects)) AND l.recorded_to = 'infinity'
                    AND r.command_id <> \(id) AND NOT (r.claims ? 'undoes')
                    AND r.recorded_at > \(plan.recordedAt))
                OR EXISTS (
                SELECT 1
                FROM registry.link AS l
                JOIN registry.command AS c ON c.id = l.opened_by
                JOIN registry.source_record AS r ON r.id = l.record_id
                WHERE l.subject_id = ANY(\(subjects)) AND l.recorded_to = 'infinity' AND c.undoes IS NULL
                    AND r.command_id <> c.id AND c.id <> \(id) AND c.recorded_at > \(plan.recordedAt))
                OR EXISTS (
                SELECT 1
                FROM registry.source_record AS r
                JOIN registry.link AS l ON l.record_id = r.id AND l.recorded_to = 'infinity'
                WHERE r.household_record = ANY(\(records)) AND r.command_id <> \(id))
                OR EXISTS (
                SELECT 1
                FROM registry.birth AS b
                JOIN registry.person AS p ON p.id = ANY(\(subjects)) AND p.registered_at >= \(plan.recordedAt)
                WHERE (b.mother_id = p.id OR b.father_id = p.id) AND b.child_id <> ALL(\(subjects)))
            """, in: tx)
        do {
            if try rows.first?.get(0, as: Bool.self) ?? false { throw RegistryFault.laterChanges }
        } catch let fault as RegistryFault {
            throw fault
        } catch {
            throw .defect("later changes cannot be looked up")
        }
    }
}

/// What undoing a command has to touch.
struct UndoPlan {
    struct Item {
        var record: ID<SourceRecord>
        var subject: Subject
    }

    var recordedAt: Date = .distantPast
    /// The command's own records, with the subjects they are linked to now.
    var own: [Item] = []
    /// Records of others that the command took from their home, with the subject they are linked to now: that may be
    /// another than the command chose, when a later command moved them too and was undone.
    var moved: [(record: ID<SourceRecord>, subject: Subject, home: Subject)] = []
    var subjects: [Subject] = []

    init(_ id: CommandID, _ results: [Rows]) throws {
        guard let head = results[0].first else { throw RegistryFault.commandNotFound }
        // What they took away is brought back by carrying the command out again; what an import did is undone whole.
        let final: Set<String> = ["command.undo", "person.unmerge", "household.unmerge", "import.apply", "import.undo"]
        if final.contains(try head.get(0)) { throw RegistryFault.cannotUndo }
        if !results[1].isEmpty { throw RegistryFault.alreadyUndone }
        recordedAt = try head.get(1)
        var touched: Set<Subject> = []
        func item(_ row: Row) throws -> Item {
            let kind = SubjectKind(rawValue: try row.get(1)) ?? .person
            return Item(record: ID(try row.get(0, as: UUID.self)), subject: Subject(kind, try row.get(2)))
        }
        for row in results[2] {
            let home = try item(row)
            let kind = SubjectKind(rawValue: try row.get(3)) ?? .person
            let now = Subject(kind, try row.get(4))
            touched.formUnion([home.subject, now])
            moved.append((home.record, now, home.subject))
        }
        for row in results[3] {
            let item = try item(row)
            touched.insert(item.subject)
            own.append(item)
        }
        subjects = touched.sorted()
        if own.isEmpty, moved.isEmpty { throw RegistryFault.cannotUndo }
        // A merge that was taken apart has nothing left to undo.
        if own.isEmpty, moved.allSatisfy({ $0.home == $0.subject }) { throw RegistryFault.alreadyUndone }
    }
}

extension Workspace {
    /// A loaded record, wherever it is linked.
    func record(_ id: ID<SourceRecord>) -> SourceRecord? {
        for slot in households.values { if let found = slot.records.first(where: { $0.id == id }) { return found } }
        for slot in persons.values { if let found = slot.records.first(where: { $0.id == id }) { return found } }
        return nil
    }
}
