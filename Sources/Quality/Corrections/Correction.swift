package import Documents
package import Groundwork
package import Registry
package import Search

/// One change that is to be made to every record that fits.
package struct CorrectionDraft: Sendable {
    package enum Change: Sendable {
        /// The value that all get; null clears.
        case set(JSON)
        /// New values by old ones; records with another value are left alone.
        case replace([(from: JSON, to: JSON)])
    }

    package var subject: SubjectKind
    package var filter: RegistryQuery
    /// As the caller wrote it, to be shown to those who decide.
    package var filterDocument: JSON
    package var attribute: String
    package var change: Change
    package var observedOn: CalendarDate
    package var assurance: Assurance
    package var reason: String
    package var evidence: JSON?

    package init(
        subject: SubjectKind, filter: RegistryQuery, filterDocument: JSON, attribute: String, change: Change,
        observedOn: CalendarDate, assurance: Assurance, reason: String, evidence: JSON? = nil
    ) {
        (self.subject, self.filter, self.filterDocument) = (subject, filter, filterDocument)
        (self.attribute, self.change, self.observedOn) = (attribute, change, observedOn)
        (self.assurance, self.reason, self.evidence) = (assurance, reason, evidence)
    }
}

/// How many records a correction means.
package struct CorrectionCount: Sendable {
    /// Who fits the filter.
    package var fits: Int
    /// Those of them whose value would change.
    package var changes: Int
}

/// A correction with what became of it.
package struct CorrectionSight: Sendable {
    package var proposal: Proposal
    package var counts: [ProposalItem.State: Int]
    /// Nil when nobody asked that it be undone.
    package var undo: ProposalUndo?

    /// open, rejected, withdrawn; executing while approved items wait, else executed; undoing while that is asked for, then
    /// undone, or partly_undone where something was kept.
    package var state: String {
        guard proposal.state == .executed else { return proposal.state.rawValue }
        if counts[.open, default: 0] > 0 { return "executing" }
        if let undo, undo.doneAt == nil { return "undoing" }
        guard counts[.undone, default: 0] > 0 else { return "executed" }
        return counts[.executed, default: 0] == 0 ? "undone" : "partly_undone"
    }
}

/// The change as kept in the proposal.
struct CorrectionPlan: Sendable {
    var attribute: String
    var change: CorrectionDraft.Change

    var document: JSONObject {
        var document: JSONObject = ["attribute": .string(attribute)]
        switch change {
        case .set(let value): document["set"] = value
        case .replace(let pairs):
            document["replace"] = .array(pairs.map { ["from": $0.from, "to": $0.to] })
        }
        return document
    }

    init(_ attribute: String, _ change: CorrectionDraft.Change) {
        (self.attribute, self.change) = (attribute, change)
    }

    init?(_ document: JSON) {
        guard let attribute = document["attribute"]?.string else { return nil }
        if let pairs = document["replace"]?.array {
            change = .replace(
                pairs.compactMap { pair in
                    pair["from"].flatMap { from in pair["to"].map { (from: from, to: $0) } }
                })
        } else if let value = document["set"] {
            change = .set(value)
        } else {
            return nil
        }
        self.attribute = attribute
    }

    /// What to state of a record with these values; nil when the value is not one that is to be changed.
    func claims(_ values: JSONObject) -> JSONObject? {
        let held = values[attribute] ?? .null
        switch change {
        case .set(let value): return held == value ? nil : [attribute: value]
        case .replace(let pairs):
            let match = pairs.first { $0.from == held } ?? pairs.first { Self.isAlike($0.from, held) }
            return match.map { [attribute: $0.to] }
        }
    }

    /// The search tells texts apart as people do, so a mapping must not know them better.
    private static func isAlike(_ left: JSON, _ right: JSON) -> Bool {
        guard let left = left.string, let right = right.string else { return false }
        return left.lowercased() == right.lowercased()
    }
}
