package import Groundwork
package import Postgres

/// Every way in which the audit record refuses.
package enum AuditFault: StoreFault {
    /// More entries wait than the writer holds; the answer must not leave.
    case overloaded
    /// The answer could not be put on record, so it does not leave.
    case store(DatabaseError)
    /// A route that tells about people did not say about whom.
    case undeclared(String)
    /// The last block of the chain was not written by this registry's key.
    case chainForged(Int)
    case anchorsUnreadable(String, reason: String)
    case anchorsUnwritable(String, reason: String)
    case defect(String)

    package init(_ error: DatabaseError) {
        self = .store(error)
    }

    package var code: String {
        switch self {
        case .overloaded: "audit.overloaded"
        case .store: "audit.store"
        case .undeclared: "audit.undeclared"
        case .chainForged: "audit.chain.forged"
        case .anchorsUnreadable: "audit.anchors.unreadable"
        case .anchorsUnwritable: "audit.anchors.unwritable"
        case .defect: "audit.defect"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .overloaded: .unavailable(retryAfter: 1)
        case .store(let error): error.isTransient || error.kind == .cancelled ? .unavailable(retryAfter: 1) : .defect
        case .anchorsUnreadable: .invalid([])
        case .anchorsUnwritable: .unavailable(retryAfter: 5)
        case .undeclared, .chainForged, .defect: .defect
        }
    }

    package var summary: String {
        switch self {
        case .overloaded: "The audit record cannot keep up; try again shortly."
        case .store: "The answer could not be put on record, and does not leave without; try again."
        case .undeclared(let route): "\(route) tells about people without saying about whom."
        case .chainForged(let number):
            "Block \(number) of the audit record was not sealed by this registry; run kith audit verify."
        case .anchorsUnreadable(let path, let reason): "The anchors in \(path) cannot be read: \(reason)."
        case .anchorsUnwritable(let path, let reason): "The anchor cannot be written to \(path): \(reason)."
        case .defect(let what): "The audit record is not as it must be: \(what)."
        }
    }
}

extension AuditFault {
    /// Whatever a step of the audit met, as one of its own.
    init(any error: any Error) {
        switch error {
        case let fault as AuditFault: self = fault
        case let error as DatabaseError: self = .store(error)
        default: self = .defect("an unknown error, \(String(describing: type(of: error)))")
        }
    }
}
