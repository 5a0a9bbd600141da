import Documents
import Foundation
import Groundwork
import Postgres
import Registry

/// What a source says anew of people and households it spoke of before.
enum Revision {
    struct Result {
        /// Whether what is held already is left out of what is said.
        var onlyNews: Bool
        var statements: [SQL] = []
        var peopleRegistered = 0
        var peopleUpdated = 0
        var peopleUnchanged = 0
        var householdsRegistered = 0
        var householdsUpdated = 0
        var householdsUnchanged = 0
    }

    /// Loads what is known, adds the new statements, and gives the statements that write what follows.
    ///
    /// A person who stands in another household of the source than before leaves that one on the day of the new statement;
    /// a person who is not mentioned any more stays: a file need not be complete.
    static func statements(
        of units: [PreparedUnit], known: KnownSubjects, command: CommandID, now: Date, source: String,
        context: RegistryContext, onlyNews: Bool, in tx: borrowing Transaction
    ) async throws -> Result {
        var fold = Fold(context: context, command: command, now: now)
        var result = Result(onlyNews: onlyNews)
        try await fold.load(
            people: units.flatMap { $0.content?.people ?? [] }
                .compactMap { known.people[$0.record.sourceKey].map { ID($0.subject) } },
            households: units.compactMap(\.content?.household)
                .compactMap { known.households[$0.record.sourceKey].map { ID($0.subject) } },
            in: tx)
        for unit in units {
            guard let content = unit.content else { continue }
            guard let household = content.household else { continue }
            let (anchor, home) = state(household, known, &fold, &result)
            for entry in content.people {
                state(entry, anchor: anchor, home: home, known, &fold, &result)
            }
        }
        try await fold.derive(in: tx)
        try await fold.number(in: tx)
        result.statements = fold.statements(tx.mandate)
        return result
    }

    /// The same for people whose households came before: who is new joins the household that his key leads to.
    static func statements(
        ofPeople units: [PreparedUnit], anchors: [String: Anchor], known: KnownSubjects, command: CommandID, now: Date,
        context: RegistryContext, onlyNews: Bool, isDryRun: Bool, in tx: borrowing Transaction
    ) async throws -> Result {
        var fold = Fold(context: context, command: command, now: now)
        var result = Result(onlyNews: onlyNews)
        let contents = units.compactMap(\.content)
        try await fold.load(
            people: contents.flatMap(\.people).compactMap { known.people[$0.record.sourceKey].map { ID($0.subject) } },
            households: contents.compactMap { content in
                (content.about?.key).flatMap { anchors[$0] }.map { ID($0.household) }
            }, in: tx)
        for content in contents {
            guard let entry = content.people.first else { continue }
            guard let anchor = (content.about?.key).flatMap({ anchors[$0] }) else {
                state(alone: entry, known, &fold, &result)
                continue
            }
            state(entry, anchor: ID(anchor.record), home: ID(anchor.household), known, &fold, &result)
        }
        // Numbers are drawn for good.
        if isDryRun { return result }
        try await fold.derive(in: tx)
        try await fold.number(in: tx)
        result.statements = fold.statements(tx.mandate)
        return result
    }

    /// A household that a key leads to, a record of it, and its head.
    struct Anchor {
        var household: UUID
        var record: UUID
        var head: UUID?
    }

    /// Somebody of whom no household is stated.
    private static func state(
        alone entry: PreparedUnit.Entry, _ known: KnownSubjects, _ fold: inout Fold, _ result: inout Result
    ) {
        let record = entry.record.recorded(by: fold)
        guard let before = known.people[record.sourceKey] else {
            result.peopleRegistered += 1
            return fold.state(record, about: Subject(.person, entry.id))
        }
        guard !before.isSame else {
            result.peopleUnchanged += 1
            return
        }
        note(record, of: ID(before.subject), home: nil, &fold, &result)
    }

    private static func note(
        _ record: SourceRecord, of person: ID<Person>, home: ID<Household>?, _ fold: inout Fold,
        _ result: inout Result
    ) {
        let said =
            result.onlyNews
            ? News.of(record, fold.people[person]?.before?.view, home: home, fold.context.survivorship) : record
        guard let said else {
            result.peopleUnchanged += 1
            return
        }
        result.peopleUpdated += 1
        fold.state(said, about: .person(person))
    }

    /// States a household; gives the record by which its members name it, and the household.
    private static func state(
        _ entry: PreparedUnit.Entry, _ known: KnownSubjects, _ fold: inout Fold, _ result: inout Result
    ) -> (anchor: ID<SourceRecord>, home: ID<Household>) {
        guard let before = known.households[entry.record.sourceKey] else {
            result.householdsRegistered += 1
            fold.state(entry.record.recorded(by: fold), about: Subject(.household, entry.id))
            return (entry.record.id, ID(entry.id))
        }
        let home = ID<Household>(before.subject)
        guard !before.isSame else {
            result.householdsUnchanged += 1
            return (ID(before.record), home)
        }
        let record = entry.record.recorded(by: fold)
        let said =
            result.onlyNews ? News.of(record, fold.households[home]?.before?.view, fold.context.survivorship) : record
        guard let said else {
            result.householdsUnchanged += 1
            return (ID(before.record), home)
        }
        result.householdsUpdated += 1
        fold.state(said, about: .household(home))
        return (said.id, home)
    }

    private static func state(
        _ entry: PreparedUnit.Entry, anchor: ID<SourceRecord>, home: ID<Household>, _ known: KnownSubjects,
        _ fold: inout Fold, _ result: inout Result
    ) {
        var record = entry.record.recorded(by: fold)
        record.membership?.household = anchor
        guard let before = known.people[entry.record.sourceKey] else {
            result.peopleRegistered += 1
            fold.state(record, about: Subject(.person, entry.id))
            return
        }
        let person = ID<Person>(before.subject)
        let stays = before.household == home.rawValue
        guard !before.isSame || !stays else {
            result.peopleUnchanged += 1
            return
        }
        guard !stays || !result.onlyNews else {
            return note(record, of: person, home: home, &fold, &result)
        }
        result.peopleUpdated += 1
        if !stays, let leave = leave(person, of: record, from: before.household, fold) {
            fold.state(leave, about: .person(person))
        }
        fold.state(record, about: .person(person))
    }

    /// The statement by which somebody leaves the household in which the source had him before.
    private static func leave(
        _ person: ID<Person>, of record: SourceRecord, from household: UUID?, _ fold: Fold
    ) -> SourceRecord? {
        guard let household,
            let former = fold.people[person]?.records.last(where: { earlier in
                earlier.membership.flatMap { fold.anchors[$0.household] }?.rawValue == household
            })?.membership?.household,
            let spell = fold.people[person]?.before?.view.spells.last(where: {
                $0.household.rawValue == household && $0.to == nil
            }), spell.from <= record.observedOn
        else { return nil }
        // A moment earlier, so that the statement about the new household is the source's newest.
        return SourceRecord(
            kind: .person, source: record.source, sourceKey: record.sourceKey, command: record.command,
            batch: record.batch, observedOn: record.observedOn,
            recordedAt: record.recordedAt.addingTimeInterval(-0.000_001), actor: record.actor,
            assurance: record.assurance,
            membership: MembershipClaim(
                household: former, operation: .leave, on: record.observedOn, reason: "transfer"), claims: [:])
    }
}

extension SourceRecord {
    /// The statement with the command and the time that only the chunk's transaction knows.
    func recorded(by fold: Fold) -> SourceRecord {
        var record = self
        (record.command, record.recordedAt) = (fold.command, fold.now)
        return record
    }
}
