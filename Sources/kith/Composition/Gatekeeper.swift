import Access
import Web

/// Stands before every route that is not open: who asks, and may they.
enum Gatekeeper {
    /// Puts the principal into the request, or refuses with 401 or 403.
    static func middleware(_ authenticator: Authenticator) -> Middleware {
        { request, route, next in
            guard let scope = route.scope.name else { return try await next(request) }
            var request = request
            request.principal = try await admit(request, to: scope, authenticator)
            return try await next(request)
        }
    }

    /// Who asks, when the request carries a valid token that has the scope.
    static func admit(
        _ request: Request, to scope: String, _ authenticator: Authenticator
    ) async throws(AccessFault) -> Principal {
        let principal = try await identify(request, authenticator)
        guard principal.may(scope) else { throw .missingScope(scope) }
        return principal
    }

    /// Who asks; a route that checks scopes by itself calls this.
    static func identify(
        _ request: Request, _ authenticator: Authenticator
    ) async throws(AccessFault) -> Principal {
        if let known = request.principal as? Principal { return known }
        guard let token = request.bearerToken else { throw .noToken }
        guard let principal = try await authenticator.authenticate(bearer: token) else { throw .invalidToken }
        return principal
    }
}
