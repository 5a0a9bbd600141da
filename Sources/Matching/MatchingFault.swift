package import Groundwork
package import Postgres
package import Registry

/// Every way in which matching refuses.
package enum MatchingFault: StoreFault {
    case policy([Finding])
    /// No model has been trained yet.
    case noModel
    /// Another run is under way.
    case busy
    /// What was described does not hold enough to look anybody up by.
    case tooLittle
    case pairNotFound
    case findingNotFound
    /// The finding is in this state already.
    case findingDecided(String)
    /// Somebody decided on the pair before; with what.
    case decided(String)
    /// The verdict was carried out.
    case merged
    case invalid([Finding])
    case registry(RegistryFault)
    case store(DatabaseError)
    case defect(String)

    package init(_ error: DatabaseError) { self = .store(error) }

    /// Whatever was thrown within a transaction, as this room's own.
    init(any error: any Error) {
        switch error {
        case let fault as MatchingFault: self = fault
        case let fault as RegistryFault: self = .registry(fault)
        case let error as DatabaseError: self = .store(error)
        default: self = .defect("a stored value cannot be read")
        }
    }

    package var code: String {
        switch self {
        case .policy: "match.policy"
        case .noModel: "match.no_model"
        case .busy: "match.busy"
        case .tooLittle: "match.too_little"
        case .pairNotFound: "match.pair_not_found"
        case .findingNotFound: "match.finding_not_found"
        case .findingDecided: "match.finding_decided"
        case .decided: "match.decided"
        case .merged: "match.merged"
        case .invalid: "match.invalid"
        case .registry(let fault): fault.code
        case .store: "match.store"
        case .defect: "match.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .policy(let findings), .invalid(let findings): .invalid(findings)
        case .tooLittle: .invalid([])
        case .noModel, .pairNotFound, .findingNotFound: .missing
        case .decided, .busy, .merged, .findingDecided: .conflict
        case .registry(let fault): fault.kind
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .policy(let findings), .invalid(let findings):
            findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
        case .noModel: "There is no match model yet; kith match train makes one from the registry."
        case .busy: "Another run over all is under way; wait for its end."
        case .merged: "The two were merged: propose person.unmerge to take them apart."
        case .tooLittle:
            "Too little is known to look anybody up: give a name with a year of birth or an area, a phone, or an identifier."
        case .pairNotFound: "No pair has this id."
        case .findingNotFound: "No finding has this id."
        case .findingDecided(let state): "The finding is \(state) already."
        case .decided(let verdict): "The pair was decided as \(verdict) already; reopen it first."
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; try again."
        case .defect: "Something is wrong inside matching; quote the request id."
        }
    }
}
