package import Groundwork
package import Postgres
package import Printing
package import Registry
package import Rules

/// Every way in which rules and rounds refuse.
package enum RoundsFault: StoreFault {
    /// The profile does not say how rounds go.
    case policy([Finding])
    case invalid([Finding])
    /// The expression of a rule is refused, with every place.
    case rule(RuleFault)
    case ruleNotFound
    case ruleNotDraft(String)
    /// A later version was published already.
    case ruleOutdated(Int)
    /// Statement and interpreter took different households of a sample.
    case disagreement(households: Int, of: Int)
    case roundNotFound
    case roundExists
    /// The round stands where this cannot be done.
    case outOfOrder(state: String, possible: [String])
    /// Somebody else works on the round at this moment.
    case busy
    /// Nobody decides on his own.
    case ownWork(String)
    case noQuotas
    case noHousehold
    case sessionNotFound
    case minutesNotFound
    case appealNotFound
    case appealDecided
    case appealOpen
    case appealWindow(CalendarDate)
    case appealsOpen(Int)
    /// Households hold places and are no candidates: those whose place is certain, and those whom no community has seen.
    case candidatesMissing(Int, unseen: Int)
    /// Areas whose lists nobody has validated yet, with some of their names.
    case sessionsMissing(Int, [String])
    /// A household that was scored for the first time is what a round can rank; there is none.
    case nothingScored
    case printing(PrintFault)
    case registry(RegistryFault)
    case store(DatabaseError)
    case defect(String)

    package init(_ error: DatabaseError) { self = .store(error) }

    /// Whatever was thrown within a transaction, as this room's own.
    package init(any error: any Error) {
        switch error {
        case let fault as RoundsFault: self = fault
        case let fault as RegistryFault: self = .registry(fault)
        case let fault as RuleFault: self = .rule(fault)
        case let fault as PrintFault: self = .printing(fault)
        case let error as DatabaseError: self = .store(error)
        default: self = .defect("a stored value cannot be read")
        }
    }

    package var code: String {
        switch self {
        case .policy: "rounds.policy"
        case .invalid: "rounds.invalid"
        case .rule(let fault): fault.code
        case .ruleNotFound: "rules.not_found"
        case .ruleNotDraft: "rules.not_draft"
        case .ruleOutdated: "rules.outdated"
        case .disagreement: "rules.disagreement"
        case .roundNotFound: "rounds.not_found"
        case .roundExists: "rounds.exists"
        case .outOfOrder: "rounds.out_of_order"
        case .busy: "rounds.busy"
        case .ownWork: "rounds.own_work"
        case .noQuotas: "rounds.no_quotas"
        case .noHousehold: "rounds.household_not_in_round"
        case .sessionNotFound: "rounds.session_not_found"
        case .minutesNotFound: "rounds.minutes_not_found"
        case .appealNotFound: "rounds.appeal_not_found"
        case .appealDecided: "rounds.appeal_decided"
        case .appealOpen: "rounds.appeal_open"
        case .appealWindow: "rounds.appeal_window"
        case .appealsOpen: "rounds.appeals_open"
        case .candidatesMissing: "rounds.candidates_missing"
        case .sessionsMissing: "rounds.sessions_missing"
        case .nothingScored: "rounds.nothing_scored"
        case .printing(let fault): fault.code
        case .registry(let fault): fault.code
        case .store: "rounds.store"
        case .defect: "rounds.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .policy(let findings), .invalid(let findings): .invalid(findings)
        case .rule(let fault): fault.kind
        case .ruleNotFound, .roundNotFound, .noHousehold, .sessionNotFound, .appealNotFound, .minutesNotFound: .missing
        case .ruleNotDraft, .ruleOutdated, .disagreement, .roundExists, .outOfOrder, .busy, .noQuotas, .appealDecided,
            .appealOpen, .appealWindow, .appealsOpen, .candidatesMissing, .sessionsMissing,
            .nothingScored:
            .conflict
        case .ownWork: .forbidden
        case .printing: .defect
        case .registry(let fault): fault.kind
        case .store(let error): error.isTransient ? .unavailable(retryAfter: 1) : .defect
        case .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .policy(let findings), .invalid(let findings):
            findings.first.map { "\($0.path): \($0.summary)" } ?? "The input is not valid."
        case .rule(let fault): fault.summary
        case .ruleNotFound: "No rule has this code and version; kith rule list shows them."
        case .ruleNotDraft(let state): "This version is \(state) already; draft another version."
        case .ruleOutdated(let version): "Version \(version) was published since; draft another version."
        case .disagreement(let count, let of):
            "Statement and interpreter disagree on \(count) of \(of) sampled households; the rule is not published. "
                + "This is a mistake of the program: report the rule."
        case .roundNotFound: "No round has this code; kith round list shows them."
        case .roundExists: "Another round has this code; choose another one."
        case .outOfOrder(let state, let possible):
            "The round is \(state), where this cannot be done"
                + (possible.isEmpty ? "." : "; it can be done while it is \(possible.joined(separator: " or ")).")
        case .busy: "Somebody else works on this round at this moment; look at it again, then repeat."
        case .ownWork(let what): what
        case .noQuotas: "The round has no quotas yet; send them as a CSV file first."
        case .noHousehold: "This household is not in the round."
        case .sessionNotFound: "The round has no session of this id."
        case .minutesNotFound: "The session has no minutes of this id."
        case .appealNotFound: "The round has no appeal of this id."
        case .appealDecided: "The appeal was decided before."
        case .appealOpen: "The household has an open appeal already."
        case .appealWindow(let day): "Appeals are lodged from the publication until \(day)."
        case .appealsOpen(let count): "Appeals are not over: \(count) are open; decide on them first."
        case .candidatesMissing(let count, let unseen):
            [
                count > 0 ? "\(count) households hold places and are no candidates yet; make candidates first." : "",
                unseen > 0 ? "\(unseen) promoted households were seen by no community; record its session first." : "",
            ].filter { !$0.isEmpty }.joined(separator: " ")
        case .sessionsMissing(let count, let some):
            "In \(count) areas with chosen households no community has met yet: \(some.joined(separator: ", "))"
                + (count > some.count ? " and others." : ".")
        case .nothingScored:
            "No household of the round has a score in force; score the area by the formula first, then repeat."
        case .printing(let fault): fault.summary
        case .registry(let fault): fault.summary
        case .store: "The database did not carry the work out; try again."
        case .defect: "Something is wrong inside the rounds; quote the request id."
        }
    }
}
