package import Groundwork
package import Postgres
package import Registry

/// Every way in which this room refuses.
package enum TargetingFault: StoreFault {
    case invalid([Finding])
    /// No formula of that code and version.
    case formulaNotFound
    /// The formula is in a state in which this cannot be done; with its state.
    case state(String)
    /// The document of a version that was submitted cannot change.
    case versionTaken
    case ownSignature
    /// Whoever submits a draft is its author.
    case notAuthor
    /// Whoever asked for the retirement does not decide on it.
    case ownRetirement
    /// A retirement was asked for before, and nobody has decided on it.
    case retirementAsked
    case noRetirement
    case signedBefore
    /// So many signatures are needed beside the author's; with how many there are.
    case signaturesMissing(Int)
    /// Formulas in force would score the same households; with their names.
    case overlaps([Finding])
    /// The registry was not scored by the formula yet, so that nobody knows what it would change.
    case noTrial
    /// Another run is under way.
    case busy
    /// A run that nobody can carry out, with the reason.
    case givenUp(String)
    case householdNotFound
    /// The household has no score by a formula in force.
    case noScore
    case runNotFound
    case registry(RegistryFault)
    case store(DatabaseError)
    case defect(String)

    package init(_ error: DatabaseError) { self = .store(error) }

    /// Whatever was thrown within a transaction, as this room's own.
    package init(any error: any Error) {
        switch error {
        case let fault as TargetingFault: self = fault
        case let fault as RegistryFault: self = .registry(fault)
        case let error as DatabaseError: self = .store(error)
        case let input as InvalidInput: self = .invalid(input.findings)
        default: self = .defect("a stored value cannot be read")
        }
    }

    package var code: String {
        switch self {
        case .invalid: "targeting.invalid"
        case .formulaNotFound: "targeting.formula_not_found"
        case .state: "targeting.state"
        case .versionTaken: "targeting.version_taken"
        case .ownSignature: "targeting.own_signature"
        case .notAuthor: "targeting.not_author"
        case .ownRetirement: "targeting.own_retirement"
        case .retirementAsked: "targeting.retirement_asked"
        case .noRetirement: "targeting.no_retirement"
        case .signedBefore: "targeting.signed_before"
        case .signaturesMissing: "targeting.signatures_missing"
        case .overlaps: "targeting.two_formulas"
        case .noTrial: "targeting.no_trial"
        case .busy: "targeting.busy"
        case .givenUp: "targeting.run_given_up"
        case .householdNotFound: "targeting.household_not_found"
        case .noScore: "targeting.no_score"
        case .runNotFound: "targeting.run_not_found"
        case .registry(let fault): fault.code
        case .store: "targeting.store"
        case .defect: "targeting.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .invalid(let findings): .invalid(findings)
        case .formulaNotFound, .householdNotFound, .noScore, .runNotFound: .missing
        case .ownSignature, .notAuthor, .ownRetirement: .forbidden
        case .state, .versionTaken, .signedBefore, .retirementAsked, .noRetirement, .signaturesMissing, .overlaps,
            .noTrial, .busy, .givenUp:
            .conflict
        case .registry(let fault): fault.kind
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .invalid(let findings), .overlaps(let findings):
            findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
        case .formulaNotFound: "No formula of this code and version is on record; kith pmt list shows them."
        case .state(let state): "The formula is \(state); this cannot be done with it now."
        case .versionTaken:
            "This version was submitted before and never changes again; give the document a higher version."
        case .ownSignature: "Whoever wrote or submitted the formula does not sign it; two others do."
        case .notAuthor:
            "Only its author submits a draft; bring the document yourself, and you are the author and will not sign."
        case .ownRetirement: "Whoever asked for the retirement does not decide on it; somebody else does."
        case .retirementAsked:
            "The retirement of this formula was asked for before; somebody else signs or rejects it first."
        case .noRetirement: "Nobody has asked for the retirement of this formula; ask for it first."
        case .signedBefore: "This actor has signed already; another one is needed."
        case .signaturesMissing(let held):
            "Two people other than the author must sign first; \(held == 0 ? "nobody has" : "one has") signed so far."
        case .noTrial:
            "The registry has not been scored by this formula since it was submitted; run kith pmt run, then look at what it "
                + "would change."
        case .busy: "Another scoring run is under way; wait for its end."
        case .givenUp(let reason): "The run was given up: \(reason)."
        case .householdNotFound: "No household of the registry has this id."
        case .noScore: "The household has no score by a formula in force."
        case .runNotFound: "No run has this number."
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; try again."
        case .defect: "Something is wrong inside targeting; quote the request id."
        }
    }
}
