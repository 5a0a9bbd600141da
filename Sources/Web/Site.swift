public import Telemetry
import Groundwork

/// Stands around every handler: authenticates, limits, translates errors; calls `next` or answers itself.
public typealias Middleware =
    @Sendable (Request, Route, @escaping @Sendable (Request) async throws -> Response) async throws -> Response

/// A route table that answers requests; it knows no socket, so tests call it in process.
public struct Site: Sendable {
    /// Turns a problem into an answer, so that a door can speak its own shape (DCI, a page) where no route matched.
    public typealias Presenter = @Sendable (Problem, Request) -> Response

    /// The table, in the order given.
    public let routes: [Route]
    private let handlers: [Route.Handler]
    private let router: Router
    private let logger: Logger
    private let presenter: Presenter

    /// A site of these routes; the first middleware is the outermost.
    ///
    /// Two routes of one method and path are a mistake in the program and stop it.
    public init(
        routes: [Route], middleware: [Middleware] = [], logger: Logger = .silent,
        presenter: @escaping Presenter = { problem, _ in .problem(problem) }
    ) {
        (self.routes, self.logger, self.presenter) = (routes, logger, presenter)
        router = Router(routes)
        handlers = routes.map { route in
            middleware.reversed().reduce(route.handler) { next, layer in
                { request in try await layer(request, route, next) }
            }
        }
    }

    /// Answers the request and never throws: HEAD, OPTIONS, 404, 405 and every error have their answer here.
    public func respond(to request: Request) async -> Response {
        await respond(to: request, resolve(request))
    }

    /// What a request will be answered by, known before its body is read.
    package enum Resolution: Sendable {
        /// Position in `routes`, and the decoded values of the path.
        case route(Int, parameters: [String: String])
        case options([Method])
        case refused(WebFault)

        /// The position of the route; nil when there is none.
        package var routeIndex: Int? {
            if case .route(let index, _) = self { return index }
            return nil
        }
    }

    /// Finds the route without running it.
    package func resolve(_ request: Request) -> Resolution {
        if request.isMalformed { return .refused(.malformedTarget) }
        if request.path == "*", request.method == .options { return .options(Method.allCases) }
        switch router.match(request.method, path: request.path) {
        case .route(let index, let parameters): return .route(index, parameters: parameters)
        case .otherMethods(let methods):
            let allowed = Self.allow(methods)
            return request.method == .options ? .options(allowed) : .refused(.methodNotAllowed(allowed))
        case .missing: return .refused(.routeNotFound)
        case .malformed: return .refused(.malformedTarget)
        }
    }

    /// Answers a request whose route is already found.
    package func respond(to request: Request, _ resolution: Resolution) async -> Response {
        await TraceContext.$current.withValue(request.trace) {
            finished(await answer(request, resolution), for: request)
        }
    }

    /// The answer to a refusal that no handler sees, such as one for a full server.
    package func refuse(_ fault: WebFault, _ request: Request) -> Response {
        finished(presenter(Problem(fault: fault, requestID: request.requestID), request), for: request)
    }

    private func answer(_ request: Request, _ resolution: Resolution) async -> Response {
        switch resolution {
        case .route(let index, let parameters):
            var request = request
            request.parameters = parameters
            do {
                // A coding that we do not undo would reach the handler as nonsense.
                if let coding = request.headers["Content-Encoding"], coding != "identity" { throw WebFault.encodedBody }
                return try await handlers[index](request)
            } catch {
                return presenter(problem(error, request, routes[index]), request)
            }
        case .options(let methods):
            return Response(.noContent, headers: ["Allow": methods.map(\.rawValue).joined(separator: ", ")])
        case .refused(let fault): return presenter(Problem(fault: fault, requestID: request.requestID), request)
        }
    }

    private func problem(_ error: any Error, _ request: Request, _ route: Route) -> Problem {
        if let fault = error as? any Fault {
            if fault.kind == .defect { logDefect(fault.code, request, route) }
            return Problem(fault: fault, requestID: request.requestID)
        }
        if error is CancellationError { return Problem(fault: WebFault.cancelled, requestID: request.requestID) }
        // The type's name says where to look; the error's own text may hold data and stays out of the log.
        logDefect(String(reflecting: type(of: error)), request, route)
        return .unexpected(requestID: request.requestID)
    }

    private func logDefect(_ code: String, _ request: Request, _ route: Route) {
        logger.error(
            "request failed",
            [
                .request: .unredacted(request.requestID), .route: .unredacted(route.name),
                .fault: .unredacted(code),
            ])
    }

    private static func allow(_ methods: [Method]) -> [Method] {
        var all = Set(methods)
        if all.contains(.get) { all.insert(.head) }
        all.insert(.options)
        return Method.allCases.filter(all.contains)
    }
}
