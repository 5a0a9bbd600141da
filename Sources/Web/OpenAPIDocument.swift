public import Documents

/// Describes a route table as OpenAPI 3.1.
///
/// Source: OpenAPI Specification 3.1.0. Security follows from each route's scope: `.open` needs none, any other needs
/// the bearer token, with the scope as its role.
public enum OpenAPIDocument {
    /// What stands at the head of the document.
    public struct Info: Sendable {
        /// The name of the API.
        public var title: String
        /// The version of the API, not of OpenAPI.
        public var version: String
        /// CommonMark.
        public var description: String?
        /// Base addresses; without any, the document's own.
        public var servers: [String]
        /// Tags in the order in which readers shall see them, with their descriptions.
        public var tags: [(name: String, description: String)]

        /// The head of a document.
        public init(
            title: String, version: String, description: String? = nil, servers: [String] = [],
            tags: [(name: String, description: String)] = []
        ) {
            (self.title, self.version, self.description) = (title, version, description)
            (self.servers, self.tags) = (servers, tags)
        }
    }

    /// The document; `schemas` is an object of JSON Schemas by name, which `Route.Schema.ref` names.
    ///
    /// Hidden routes are left out.
    public static func build(info: Info, routes: [Route], schemas: JSON) -> JSON {
        var document: JSONObject = ["openapi": "3.1.0", "info": head(info)]
        if !info.servers.isEmpty {
            document["servers"] = .array(info.servers.map { ["url": .string($0)] })
        }
        if !info.tags.isEmpty {
            document["tags"] = .array(
                info.tags.map { ["name": .string($0.name), "description": .string($0.description)] })
        }
        var paths = JSONObject()
        for route in routes where !route.operation.isHidden {
            let path = documentPath(route)
            var item = paths[path]?.object ?? JSONObject()
            item[route.method.rawValue.lowercased()] = operation(route)
            paths[path] = .object(item)
        }
        document["paths"] = .object(paths)
        document["components"] = components(schemas)
        return .object(document)
    }

    private static func head(_ info: Info) -> JSON {
        var head: JSONObject = ["title": .string(info.title), "version": .string(info.version)]
        if let description = info.description { head["description"] = .string(description) }
        return .object(head)
    }

    private static func components(_ schemas: JSON) -> JSON {
        var named = schemas.object ?? JSONObject()
        if named["Problem"] == nil { named["Problem"] = Problem.schema }
        return [
            "schemas": .object(named),
            "responses": [
                "Problem": [
                    "description": "The request was refused, or failed; `code` says why.",
                    "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                ]
            ],
            "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
        ]
    }

    /// OpenAPI has no name for a parameter that takes several segments, so it stands as a plain one.
    private static func documentPath(_ route: Route) -> String { route.path.replacing("...}", with: "}") }

    static func operationID(_ route: Route) -> String {
        if let id = route.operation.id { return id }
        let words = route.path.split { !$0.isLetter && !$0.isNumber }
        return route.method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static func operation(_ route: Route) -> JSON {
        let details = route.operation
        var operation: JSONObject = [
            "operationId": .string(operationID(route)), "summary": .string(route.summary),
        ]
        if let description = details.description { operation["description"] = .string(description) }
        if !details.tags.isEmpty { operation["tags"] = .array(details.tags.map(JSON.string)) }
        let parameters = parameters(route)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters.map(\.json)) }
        if let body = details.body {
            var request: JSONObject = ["required": .bool(body.isRequired), "content": body.json]
            if let description = body.description { request["description"] = .string(description) }
            operation["requestBody"] = .object(request)
        }
        operation["responses"] = responses(details)
        operation["security"] = route.scope.name.map { [["bearer": [.string($0)]]] } ?? []
        return .object(operation)
    }

    private static func parameters(_ route: Route) -> [Route.Parameter] {
        let described = route.operation.parameters
        let plain = route.parameterNames.filter { name in
            !described.contains { $0.place == .path && $0.name == name }
        }
        return plain.map { .path($0, "") } + described
    }

    private static func responses(_ details: Route.Operation) -> JSON {
        var responses = JSONObject()
        for answer in details.responses { responses[String(answer.status.code)] = answer.json }
        if details.refusesWithProblems { responses["default"] = ["$ref": "#/components/responses/Problem"] }
        return .object(responses)
    }
}
