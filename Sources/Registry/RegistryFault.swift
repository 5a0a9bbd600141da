package import Documents
package import Groundwork
package import Postgres

/// Every way in which the trunk refuses.
package enum RegistryFault: StoreFault {
    case personNotFound
    case householdNotFound
    case areaNotFound
    case commandNotFound
    case surveyNotFound
    case proposalNotFound
    case attachmentNotFound
    /// Somebody changed the subject meanwhile.
    case staleVersion(expected: Int, current: Int)
    /// The subject was merged into another; the survivor answers.
    case merged(into: String)
    case notActive
    case notMerged
    case alreadyMember
    case notMember
    case laterChanges
    case alreadyUndone
    case cannotUndo
    case idempotencyMismatch
    case proposalClosed
    case ownProposal
    case alreadyDecided
    case cursorAhead
    /// Several people bear an identifier that is to name one.
    case ambiguousIdentifier
    /// Somebody to be registered may be on record already; who, with grade and evidence.
    case suspected([JSON])
    case invalid([Finding])
    case store(DatabaseError)
    case defect(String)

    package init(_ error: DatabaseError) {
        self = .store(error)
    }
}

extension RegistryFault {
    package var code: String {
        switch self {
        case .personNotFound: "registry.person.not_found"
        case .householdNotFound: "registry.household.not_found"
        case .areaNotFound: "registry.area.not_found"
        case .commandNotFound: "registry.command.not_found"
        case .surveyNotFound: "registry.survey.not_found"
        case .proposalNotFound: "registry.proposal.not_found"
        case .attachmentNotFound: "registry.attachment.not_found"
        case .staleVersion: "registry.subject.stale_version"
        case .merged: "registry.subject.merged"
        case .notActive: "registry.subject.not_active"
        case .notMerged: "registry.subject.not_merged"
        case .alreadyMember: "registry.membership.already_member"
        case .notMember: "registry.membership.not_member"
        case .laterChanges: "registry.command.later_changes"
        case .alreadyUndone: "registry.command.already_undone"
        case .cannotUndo: "registry.command.cannot_undo"
        case .idempotencyMismatch: "registry.command.idempotency_mismatch"
        case .proposalClosed: "registry.proposal.closed"
        case .ownProposal: "registry.proposal.own"
        case .alreadyDecided: "registry.proposal.already_decided"
        case .cursorAhead: "registry.events.cursor_ahead"
        case .suspected: "match.suspected"
        case .ambiguousIdentifier: "registry.identifier.ambiguous"
        case .invalid: "registry.input.invalid"
        case .store: "registry.store"
        case .defect: "registry.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .personNotFound, .householdNotFound, .areaNotFound, .commandNotFound, .surveyNotFound, .proposalNotFound,
            .attachmentNotFound:
            .missing
        case .staleVersion, .merged, .notActive, .notMerged, .alreadyMember, .notMember, .laterChanges, .alreadyUndone,
            .cannotUndo, .idempotencyMismatch, .proposalClosed, .alreadyDecided, .cursorAhead,
            .suspected, .ambiguousIdentifier:
            .conflict
        case .ownProposal: .forbidden
        case .invalid(let findings): .invalid(findings)
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .personNotFound: "No person has this id."
        case .householdNotFound: "No household has this id."
        case .areaNotFound: "No area has this code; look it up under /api/v1/areas."
        case .commandNotFound: "No command has this id."
        case .surveyNotFound: "No survey has this id."
        case .proposalNotFound: "No proposal has this id."
        case .attachmentNotFound: "No attachment has this id."
        case .staleVersion(let expected, let current):
            "The version given is \(expected) but the current version is \(current): read the subject again and repeat."
        case .merged(let survivor): "The subject was merged; its survivor \(survivor) answers for it."
        case .notActive: "The subject is not active; reactivate it first."
        case .notMerged: "The subject is not merged into another."
        case .alreadyMember: "The person is a member of this household already."
        case .notMember: "The person is not an open member of this household."
        case .laterChanges: "Later changes build on this command; undo them first."
        case .alreadyUndone: "The command was undone already."
        case .cannotUndo: "This kind of command cannot be undone; an import is undone as a whole."
        case .idempotencyMismatch: "The Idempotency-Key was used for another request; choose a new one."
        case .proposalClosed: "The proposal is no longer open."
        case .ownProposal: "Nobody decides on a proposal of his own; ask a colleague."
        case .alreadyDecided: "You decided on this proposal already."
        case .cursorAhead: "The cursor is ahead of the log, which was restored to an earlier point; load anew."
        case .ambiguousIdentifier: "Several people bear this identifier; it cannot name one of them."
        case .suspected:
            "Somebody may be on record already: look at `suspects`, and name those who are others in `not_duplicates`."
        case .invalid(let findings):
            findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
        case .store: "The database did not carry the work out; try again."
        case .defect: "Something is wrong inside the registry; quote the request id."
        }
    }
}
