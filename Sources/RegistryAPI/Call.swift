import Access
import Audit
import Groundwork
import Registry
import Telemetry
import Web

/// One request with the principal behind it.
struct Call: Sendable {
    let request: Request
    let principal: Principal
    /// Where the handler says about whom its answer tells.
    let disclosed: Disclosed

    /// What the principal acts under; the request's trace goes into everything it leaves behind.
    func mandate(_ purpose: Purpose) -> Mandate {
        Mandate(actor: principal.actor, purpose: purpose, trace: request.trace.traceID)
    }

    /// Whether identifiers and phone numbers are shown in full.
    var seesIdentifiers: Bool { principal.may("registry.identifiers") }

    /// For what a route's own scope does not cover.
    func require(_ scope: String) throws(APIFault) {
        guard principal.may(scope) else { throw .scopeMissing(scope) }
    }

    /// A UUID of the path.
    func id<Subject>(_ name: String) throws(InvalidInput) -> ID<Subject> {
        try request.id(name)
    }

    /// The UUID or social id by which the path names a person or household.
    func reference(_ name: String = "id") throws(InvalidInput) -> SubjectReference {
        if let reference = SubjectReference(request.parameter(name)) { return reference }
        throw InvalidInput(
            [
                Finding(
                    FieldPath(["path", name]), code: "path.id",
                    "Give a UUID of 36 characters, or a social id of 12 digits.")
            ], code: "path.invalid")
    }
}

/// How a path names a person or household.
enum SubjectReference: Sendable {
    case id(UUIDText)
    case socialID(String)

    typealias UUIDText = ID<SubjectTag>

    init?(_ text: String) {
        if let id = UUIDText(text) {
            self = .id(id)
        } else if text.utf8.count == 12, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            self = .socialID(text)
        } else {
            return nil
        }
    }

    /// As the caller wrote it, in canonical form.
    var text: String {
        switch self {
        case .id(let id): id.description
        case .socialID(let digits): digits
        }
    }
}

/// Either a person or a household; which one the route says.
enum SubjectTag {}
