public import Documents

extension OpenAPIDocument {
    /// What is wrong with a route table as documentation, each in one sentence; empty when all is well.
    ///
    /// Found are schema names that `schemas` lacks, path parameters that the template lacks, operation ids that stand
    /// twice, and shown routes without a summary or without a successful answer.
    public static func mistakes(routes: [Route], schemas: JSON) -> [String] {
        var mistakes: [String] = []
        var names = Set((schemas.object ?? JSONObject()).keys)
        names.insert("Problem")
        var ids: Set<String> = []
        for route in routes where !route.operation.isHidden {
            let details = route.operation
            if !ids.insert(operationID(route)).inserted {
                mistakes.append("\(route.name): its operation id stands twice.")
            }
            if route.summary.isEmpty { mistakes.append("\(route.name): it has no summary.") }
            if !details.responses.contains(where: { $0.status.code < 400 }) {
                mistakes.append("\(route.name): it describes no successful answer.")
            }
            for parameter in details.parameters
            where parameter.place == .path && !route.parameterNames.contains(parameter.name) {
                mistakes.append("\(route.name): its path has no {\(parameter.name)}.")
            }
            for name in references(details) where !names.contains(name) {
                mistakes.append("\(route.name): there is no schema \(name).")
            }
        }
        let named = schemas.object ?? JSONObject()
        for (name, schema) in named {
            for target in references(schema) where !names.contains(target) {
                mistakes.append("Schema \(name): there is no schema \(target).")
            }
        }
        return mistakes
    }

    private static func references(_ details: Route.Operation) -> [String] {
        let contents = [details.body].compactMap(\.self) + details.responses.compactMap(\.content)
        let schemas = contents.flatMap { $0.types.map(\.schema) } + details.parameters.map(\.schema)
        return schemas.flatMap { references($0.json) }
    }

    /// The component schemas that a schema refers to, at any depth.
    private static func references(_ schema: JSON) -> [String] {
        switch schema {
        case .object(let object):
            return object.flatMap { key, value -> [String] in
                guard key == "$ref", let target = value.string else { return references(value) }
                let prefix = "#/components/schemas/"
                return target.hasPrefix(prefix) ? [String(target.dropFirst(prefix.count))] : []
            }
        case .array(let items): return items.flatMap { references($0) }
        case .null, .bool, .number, .string: return []
        }
    }
}
