package import Groundwork

/// Who stands behind a request, and what that one may do.
package struct Principal: Sendable, Hashable {
    package var actor: ActorID
    package var name: String
    package var scopes: Set<String>

    package init(actor: ActorID, name: String, scopes: Set<String>) {
        (self.actor, self.name, self.scopes) = (actor, name, scopes)
    }

    package func may(_ scope: String) -> Bool { scopes.contains(scope) }
}

/// Why a request is turned away before it is read.
package enum AccessFault: Fault {
    case noToken
    case invalidToken
    case missingScope(String)
    case unavailable

    package var code: String {
        switch self {
        case .noToken: "access.token.missing"
        case .invalidToken: "access.token.invalid"
        case .missingScope: "access.scope.missing"
        case .unavailable: "access.unavailable"
        }
    }

    package var kind: FaultKind {
        switch self {
        case .noToken, .invalidToken: .unauthenticated
        case .missingScope: .forbidden
        case .unavailable: .unavailable(retryAfter: 1)
        }
    }

    package var summary: String {
        switch self {
        case .noToken: "A token is needed: send the header Authorization: Bearer <token>."
        case .invalidToken: "The token is unknown, expired or revoked."
        case .missingScope(let scope): "The token does not carry the scope \(scope)."
        case .unavailable: "Tokens cannot be checked now; try again."
        }
    }
}
