/// Who may call a route.
public enum Scope: Sendable, Hashable {
    /// Anybody; the line that says so carries a comment that says why.
    case open
    /// Whoever was granted the named scope, e.g. `registry.read`.
    case needs(String)

    /// The name of the scope; nil when the route is open.
    public var name: String? {
        switch self {
        case .open: nil
        case .needs(let name): name
        }
    }
}

/// Whether the answers of a route tell about people.
public enum Disclosure: Sendable, Hashable {
    /// Nobody said; no route of a door stays like this.
    case undeclared
    /// Nothing about anybody: areas, code lists, counts, ids and states of files.
    case nothing
    /// About people or households: about whom, the handler says while it works.
    case personal
}

/// One row of the route table: data that is mounted, listed, checked and documented from one array.
public struct Route: Sendable {
    /// Answers one request; a thrown `Fault` becomes a problem, any other error a bare 500.
    public typealias Handler = @Sendable (Request) async throws -> Response

    public let method: Method
    /// The template, e.g. `/api/v1/people/{id}`; a last segment `{rest...}` takes everything that follows.
    public let path: String
    /// What the caller must have been granted.
    public let scope: Scope
    /// One line for the route list and the API document.
    public let summary: String
    /// The rest of what the API document says.
    public var operation: Operation
    /// The work itself, without middleware.
    public let handler: Handler
    /// The largest body in bytes that the server reads for this route; nil means the server's own limit.
    public var bodyLimit: Int?
    /// Whether the server answers even when it refuses other requests as busy; for health and metrics.
    public var answersWhenBusy: Bool = false
    /// Whether the answers tell about people; whoever stands around the handler puts those on record.
    public var disclosure: Disclosure = .undeclared

    /// A row of the table; the static functions named after methods read better.
    public init(
        _ method: Method, _ path: String, needs scope: Scope, _ summary: String,
        operation: Operation = Operation(), bodyLimit: Int? = nil, answersWhenBusy: Bool = false,
        _ handler: @escaping Handler
    ) {
        (self.method, self.path, self.scope, self.summary) = (method, path, scope, summary)
        (self.operation, self.handler) = (operation, handler)
        (self.bodyLimit, self.answersWhenBusy) = (bodyLimit, answersWhenBusy)
    }

    /// How logs and metrics name the route: method and template, e.g. `GET /api/v1/people/{id}`.
    public var name: String { "\(method.rawValue) \(path)" }

    /// The names between braces in the template, in order.
    public var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }.map { segment in
            let name = segment.dropFirst().dropLast()
            return String(name.hasSuffix("...") ? name.dropLast(3) : name)
        }
    }

    /// Reads something; it also answers HEAD.
    public static func get(
        _ path: String, needs scope: Scope, _ summary: String, operation: Operation = Operation(),
        bodyLimit: Int? = nil, answersWhenBusy: Bool = false, _ handler: @escaping Handler
    ) -> Route {
        Route(
            .get, path, needs: scope, summary, operation: operation, bodyLimit: bodyLimit,
            answersWhenBusy: answersWhenBusy, handler)
    }

    /// Adds something, or asks something with a body.
    public static func post(
        _ path: String, needs scope: Scope, _ summary: String, operation: Operation = Operation(),
        bodyLimit: Int? = nil, _ handler: @escaping Handler
    ) -> Route {
        Route(.post, path, needs: scope, summary, operation: operation, bodyLimit: bodyLimit, handler)
    }

    /// Sets something to what is sent.
    public static func put(
        _ path: String, needs scope: Scope, _ summary: String, operation: Operation = Operation(),
        bodyLimit: Int? = nil, _ handler: @escaping Handler
    ) -> Route {
        Route(.put, path, needs: scope, summary, operation: operation, bodyLimit: bodyLimit, handler)
    }

    /// Changes parts of something.
    public static func patch(
        _ path: String, needs scope: Scope, _ summary: String, operation: Operation = Operation(),
        bodyLimit: Int? = nil, _ handler: @escaping Handler
    ) -> Route {
        Route(.patch, path, needs: scope, summary, operation: operation, bodyLimit: bodyLimit, handler)
    }

    /// Ends something.
    public static func delete(
        _ path: String, needs scope: Scope, _ summary: String, operation: Operation = Operation(),
        bodyLimit: Int? = nil, _ handler: @escaping Handler
    ) -> Route {
        Route(.delete, path, needs: scope, summary, operation: operation, bodyLimit: bodyLimit, handler)
    }
}

extension [Route] {
    /// The routes with this said of each that says nothing itself.
    public func disclosing(_ disclosure: Disclosure) -> [Route] {
        map { route in
            var route = route
            if route.disclosure == .undeclared { route.disclosure = disclosure }
            return route
        }
    }
}

extension Route {
    /// The route with this said of its answers.
    public func disclosing(_ disclosure: Disclosure) -> Route {
        var copy = self
        copy.disclosure = disclosure
        return copy
    }
}
