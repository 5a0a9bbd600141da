import Documents

extension Route.Parameter {
    var json: JSON {
        var parameter: JSONObject = [
            "name": .string(name), "in": .string(place.rawValue), "required": .bool(isRequired), "schema": schema.json,
        ]
        if !description.isEmpty { parameter["description"] = .string(description) }
        return .object(parameter)
    }
}

extension Route.Content {
    /// The map from media types to their schemas.
    var json: JSON {
        var content = JSONObject()
        for (type, schema) in types {
            // OpenAPI 3.1 describes raw bytes by leaving the schema out.
            if case .bytes = schema { content[type] = [:] } else { content[type] = ["schema": schema.json] }
        }
        return .object(content)
    }
}

extension Route.Answer {
    var json: JSON {
        var answer: JSONObject = ["description": .string(description)]
        if let content { answer["content"] = content.json }
        if !headers.isEmpty {
            var described = JSONObject()
            for (name, description) in headers {
                described[name] = ["description": .string(description), "schema": ["type": "string"]]
            }
            answer["headers"] = .object(described)
        }
        return .object(answer)
    }
}

extension Route.Schema {
    var json: JSON {
        switch self {
        case .ref(let name): return ["$ref": .string("#/components/schemas/" + name)]
        case .string(let format):
            guard let format else { return ["type": "string"] }
            return ["type": "string", "format": .string(format)]
        case .choice(let values): return ["type": "string", "enum": .array(values.map(JSON.string))]
        case .integer(let minimum, let maximum):
            var schema: JSONObject = ["type": "integer"]
            if let minimum { schema["minimum"] = .number(JSONNumber(minimum)) }
            if let maximum { schema["maximum"] = .number(JSONNumber(maximum)) }
            return .object(schema)
        case .number: return ["type": "number"]
        case .boolean: return ["type": "boolean"]
        case .array(let items): return ["type": "array", "items": items.json]
        case .bytes, .any: return [:]
        case .inline(let schema): return schema
        }
    }
}
