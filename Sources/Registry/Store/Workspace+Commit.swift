package import Documents
import Foundation
import Groundwork
import Postgres

extension Workspace {
    /// Writes everything in one round trip, after the social ids of new subjects were drawn.
    mutating func commit(kind: String, undoes: CommandID? = nil, in tx: borrowing Transaction)
        async throws(RegistryFault) -> Outcome
    {
        guard findings.isEmpty else { throw .invalid(findings) }
        try await derive(in: tx)
        let people = changedPersons
        let groups = changedHouseholds
        let newcomers = people.filter { persons[$0]?.head == nil && persons[$0]?.after != nil }
        let newGroups = groups.filter { households[$0]?.head == nil && households[$0]?.after != nil }
        let numbers = try await SocialIDs.draw(newcomers.count + newGroups.count, context: context, in: tx)
        let stamp = Instant.text(now)
        for (place, id) in newcomers.enumerated() {
            persons[id]?.head = RowHead(version: 0, socialID: numbers[place], registeredAt: stamp, updatedAt: stamp)
        }
        for (place, id) in newGroups.enumerated() {
            households[id]?.head = RowHead(
                version: 0, socialID: numbers[newcomers.count + place], registeredAt: stamp, updatedAt: stamp)
        }
        for id in people {
            persons[id]?.head?.version += 1
            persons[id]?.head?.updatedAt = stamp
        }
        for id in groups {
            households[id]?.head?.version += 1
            households[id]?.head?.updatedAt = stamp
        }
        let outcome = outcome(people: people, groups: groups)
        var batch = WriteBatch(command: command, now: now)
        try writeCommand(kind: kind, undoes: undoes, outcome: outcome, mandate: tx.mandate, to: &batch)
        for (record, subject) in newRecords { batch.add(record, for: subject, store: context.records) }
        for change in closed { batch.close(change) }
        for change in opened { batch.open(change) }
        for id in groups { if let slot = households[id] { batch.write(id, slot, context: context) } }
        for id in people { if let slot = persons[id] { batch.write(id, slot, context: context) } }
        for survey in surveys { batch.surveys.append(survey) }
        for event in finalEvents(people: people, groups: groups) { batch.events.append(event.json(tx.mandate)) }
        _ = try await query(all: batch.statements + (welcome?(self.newcomers) ?? []), in: tx)
        return outcome
    }

    private func outcome(people: [ID<Person>], groups: [ID<Household>]) -> Outcome {
        var touched: [Outcome.Touched] = []
        for id in groups {
            let slot = households[id]
            touched.append(.init(subject: .household(id), version: slot?.after == nil ? nil : slot?.head?.version))
        }
        for id in people {
            let slot = persons[id]
            touched.append(.init(subject: .person(id), version: slot?.after == nil ? nil : slot?.head?.version))
        }
        return Outcome(command: command, main: main, touched: touched, findings: warnings, isRepeat: false)
    }

    private func writeCommand(
        kind: String, undoes: CommandID?, outcome: Outcome, mandate: Mandate, to batch: inout WriteBatch
    ) throws(RegistryFault) {
        if terms.idempotencyKey != nil, terms.requestHash == nil {
            throw .defect("an idempotency key needs the hash of the request")
        }
        batch.commandRow = """
            INSERT INTO registry.command (
                id, kind, actor_id, purpose, trace, recorded_at, idempotency_key, request_hash, undoes, outcome)
            VALUES (
                \(command), \(kind), \(mandate.actor), \(mandate.purpose.rawValue), \(mandate.trace.description),
                \(now), \(terms.idempotencyKey), \(terms.requestHash), \(undoes),
                \(JSONB(outcome.json.serialized())))
            """
    }

    /// Events in the order in which the command told them, with the versions and areas that came of it; a changed
    /// subject of which nothing was told gets an event of its own, so that no change is silent.
    private func finalEvents(people: [ID<Person>], groups: [ID<Household>]) -> [Event] {
        var result: [Event] = []
        var told: Set<Subject> = []
        for pending in events {
            told.insert(pending.subject)
            result.append(event(pending.type, pending.subject, pending.body))
        }
        for id in groups where !told.contains(.household(id)) {
            let slot = households[id]
            let type: EventType =
                slot?.after == nil
                ? .householdWithdrawn : slot?.before == nil ? .householdRegistered : .householdUpdated
            result.append(event(type, .household(id), [:]))
        }
        for id in people where !told.contains(.person(id)) {
            let slot = persons[id]
            let type: EventType
            if slot?.after == nil {
                type = .personWithdrawn
            } else if slot?.before == nil {
                type = .personRegistered
            } else if slot?.before?.area != slot?.after?.area {
                type = .personMoved
            } else {
                type = .personUpdated
            }
            result.append(event(type, .person(id), [:]))
        }
        return result
    }

    private func event(_ type: EventType, _ subject: Subject, _ body: JSONObject) -> Event {
        let (version, before, after): (Int?, Int?, Int?)
        switch subject.kind {
        case .person:
            let slot = persons[ID(subject.id)]
            (version, before, after) = (slot?.head?.version, slot?.before?.area?.preorder, slot?.after?.area?.preorder)
        case .household:
            let slot = households[ID(subject.id)]
            (version, before, after) = (slot?.head?.version, slot?.before?.area?.preorder, slot?.after?.area?.preorder)
        }
        return Event(
            type: type, subjectKind: subject.kind.rawValue, subjectID: subject.id, subjectVersion: version ?? 0,
            areaBefore: before, areaAfter: after, command: command, recordedAt: now, body: body)
    }
}

extension Outcome {
    /// As stored with the command and answered to a repeat: ids and versions only.
    package var json: JSON {
        var object: JSONObject = ["command": .string(command.description), "main": .uuid(main)]
        object["touched"] = .array(
            touched.map { item in
                .object([
                    "kind": .string(item.subject.kind.rawValue), "id": .uuid(item.subject.id),
                    "version": .number(item.version),
                ])
            })
        return .object(object)
    }

    package init?(json: JSON, isRepeat: Bool) {
        guard let command = json["command"]?.string.flatMap({ CommandID($0) }) else { return nil }
        let touched = (json["touched"]?.array ?? []).compactMap { item -> Touched? in
            guard let kind = item["kind"]?.string.flatMap(SubjectKind.init(rawValue:)),
                let id = item["id"]?.string.flatMap({ UUID(uuidString: $0) })
            else { return nil }
            return Touched(subject: Subject(kind, id), version: item["version"]?.int)
        }
        self.init(
            command: command, main: json["main"]?.string.flatMap { UUID(uuidString: $0) }, touched: touched,
            findings: [], isRepeat: isRepeat)
    }
}
