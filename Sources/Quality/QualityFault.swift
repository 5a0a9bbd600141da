package import Groundwork
package import Postgres
package import Registry

/// Every way in which the care of the record refuses.
package enum QualityFault: StoreFault {
    /// The rules of the profile are not as they should be.
    case rules([Finding])
    case ruleNotFound
    case correctionNotFound
    /// More records than one correction may touch.
    case tooMany(limit: Int)
    /// Nobody would be changed.
    case nothing
    case invalid([Finding])
    /// The correction is not carried out yet, so that nothing can be undone.
    case notCarriedOut
    /// Somebody has asked for as many counts of scores as may wait.
    case tooManyCounts(limit: Int)
    case registry(RegistryFault)
    case store(DatabaseError)

    package init(_ error: DatabaseError) { self = .store(error) }

    init(any error: any Error) {
        switch error {
        case let fault as QualityFault: self = fault
        case let fault as RegistryFault: self = .registry(fault)
        case let error as DatabaseError: self = .store(error)
        default: self = .registry(.defect(String(describing: type(of: error))))
        }
    }
}

extension QualityFault {
    package var code: String {
        switch self {
        case .rules: "quality.rules"
        case .ruleNotFound: "quality.rule.not_found"
        case .correctionNotFound: "quality.correction.not_found"
        case .tooMany: "quality.correction.too_many"
        case .nothing: "quality.correction.nothing"
        case .invalid: "quality.correction.invalid"
        case .notCarriedOut: "quality.correction.not_carried_out"
        case .tooManyCounts: "quality.score.too_many"
        case .registry(let fault): fault.code
        case .store: "quality.store"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .rules(let findings), .invalid(let findings): .invalid(findings)
        case .ruleNotFound, .correctionNotFound: .missing
        case .tooMany, .nothing: .invalid([Finding("filter", code: code, summary)])
        case .notCarriedOut: .conflict
        case .tooManyCounts: .limited(retryAfter: 60)
        case .registry(let fault): fault.kind
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        }
    }

    package var summary: String {
        switch self {
        case .rules(let findings), .invalid(let findings):
            findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
        case .ruleNotFound: "The profile has no quality rule of this code; GET /api/v1/quality names them."
        case .correctionNotFound: "No correction has this id."
        case .tooMany(let limit):
            "The filter means more than \(limit) records; narrow it, e.g. to one area after the other."
        case .nothing: "Nobody fits the filter whose value would change."
        case .notCarriedOut: "The correction is not carried out yet; reject or withdraw its proposal instead."
        case .tooManyCounts(let limit):
            "\(limit) counts that you asked for wait already; ask again when one of them is done."
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; try again."
        }
    }
}
