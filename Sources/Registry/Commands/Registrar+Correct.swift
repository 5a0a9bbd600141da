package import Documents
import Foundation
import Groundwork
package import Postgres

/// One record that is to be corrected, with the version that was seen.
package struct Correctable: Sendable {
    package var subject: Subject
    package var version: Int

    package init(_ subject: Subject, version: Int) {
        (self.subject, self.version) = (subject, version)
    }
}

/// What became of one record of a correction.
package enum CorrectionEnd: Sendable, Equatable {
    case executed
    /// It changed, was merged or has gone since it was seen, or has another value than the correction is about.
    case stale(String)
    /// The rules of the record do not allow the value, by the code of the finding.
    case refused(String)
}

extension Registrar {
    /// Corrects many records by one command: each gets its statement, version, past row and event, and undoing the command
    /// takes all of it back.
    ///
    /// - Parameter change: the claims to state, made from the values held now; nil when nothing is to be changed.
    /// - Returns: the command, unless nobody was changed, and what became of each record, in the order given.
    package func correct(
        _ records: [Correctable], _ terms: CommandTerms, change: (JSONObject) -> JSONObject?,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (command: CommandID?, ends: [CorrectionEnd]) {
        let command = CommandID()
        var space = Workspace(
            context: context, command: command, terms: terms, actor: tx.mandate.actor, now: .distantPast,
            today: today(), areas: context.areas.index)
        try await space.readClock(in: tx)
        try await space.load(
            people: records.filter { $0.subject.kind == .person }.map { ID($0.subject.id) },
            households: records.filter { $0.subject.kind == .household }.map { ID($0.subject.id) }, in: tx)
        var ends: [CorrectionEnd] = []
        for record in records { ends.append(correct(record, change, &space)) }
        guard ends.contains(.executed) else { return (nil, ends) }
        _ = try await space.commit(kind: "correction.apply", in: tx)
        return (command, ends)
    }

    private func correct(
        _ record: Correctable, _ change: (JSONObject) -> JSONObject?, _ space: inout Workspace
    ) -> CorrectionEnd {
        let held: (version: Int?, values: JSONObject)
        switch record.subject.kind {
        case .person:
            guard let state = try? space.person(ID(record.subject.id)) else { return .stale("subject.gone") }
            held = (space.persons[ID(record.subject.id)]?.head?.version, state.view.values)
        case .household:
            guard let state = try? space.household(ID(record.subject.id)) else { return .stale("subject.gone") }
            held = (space.households[ID(record.subject.id)]?.head?.version, state.view.values)
        }
        guard held.version == record.version else { return .stale("subject.changed") }
        guard let claims = change(held.values) else { return .stale("value.changed") }
        let known = space.findings.count
        let (clean, _) = space.checked(claims, Contacts(), of: record.subject.kind, at: .root)
        var values = held.values
        for (name, value) in clean { values[name] = value }
        if record.subject.kind == .person { checkPerson(values, stating: clean, &space) }
        if let finding = space.findings.dropFirst(known).first {
            // One record that cannot take the value is no reason to leave the others as they are.
            space.findings.removeSubrange(known...)
            return .refused(finding.code)
        }
        space.state(record.subject, claims: clean)
        space.emit(
            record.subject.kind == .person ? .personUpdated : .householdUpdated, record.subject,
            ["changed": .array(clean.map { .string($0.key) })])
        return .executed
    }
}
