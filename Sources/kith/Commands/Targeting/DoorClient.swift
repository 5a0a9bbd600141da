import Access
import Documents
import Groundwork
import RegistryAPI
import Runtime
import Web

/// Asks the native API in process, so that a command does what the API does and is refused where it is.
struct DoorClient: Sendable {
    private let site: Web.Site

    init(_ house: House, as principal: Principal) throws {
        site = Web.Site(
            routes: try Doors.api(house) { _ in principal }.routes,
            middleware: [
                { request, route, next in
                    if let scope = route.scope.name, !principal.may(scope) { throw AccessFault.missingScope(scope) }
                    return try await next(request)
                }
            ])
    }

    /// - Throws: `DoorRefusal` with what the API says.
    func ask(
        _ method: Web.Method, _ path: String, query: [(name: String, value: String)] = [], body: [UInt8] = [],
        type: String = "application/json"
    ) async throws -> [UInt8] {
        let target = query.isEmpty ? path : path + "?" + Query(query).encoded
        let response = await site.respond(
            to: Request(
                method, target, headers: body.isEmpty ? [:] : ["Content-Type": type], body: RequestBody(body)))
        let bytes = try await response.bytes()
        guard response.status.isSuccess else { throw DoorRefusal(try JSON.parse(bytes)) }
        return bytes
    }

    func get(_ path: String, query: [(name: String, value: String)] = []) async throws -> JSON {
        try JSON.parse(try await ask(.get, path, query: query))
    }

    func post(_ path: String, _ body: JSONObject = [:]) async throws -> JSON {
        try JSON.parse(try await ask(.post, path, body: JSON.object(body).serialized()))
    }
}

/// A refusal of the native API, told on the command line.
struct DoorRefusal: Fault {
    let code: String
    let summary: String
    let kind: FaultKind

    init(_ problem: JSON) {
        code = problem["code"]?.string ?? "kith.refused"
        summary = problem["detail"]?.string ?? problem["title"]?.string ?? "The request was refused."
        kind = .invalid(
            (problem["errors"]?.array ?? []).map { entry in
                Finding(
                    FieldPath((entry["pointer"]?.string ?? "").split(separator: "/").map(String.init)),
                    code: entry["code"]?.string ?? "", entry["detail"]?.string ?? "")
            })
    }
}
