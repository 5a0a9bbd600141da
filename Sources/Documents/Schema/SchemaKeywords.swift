extension SchemaCompiler {
    /// The keywords of one schema object, read with their places for faults.
    struct Keywords {
        let members: JSONObject
        let pointer: String

        /// Keywords that would change the verdict and are not obeyed.
        static let refused: [String] = [
            "$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems", "dependencies",
        ]
        static let ofArrays: [String] = [
            "prefixItems", "items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
            "maxContains",
        ]
        static let ofObjects: [String] = [
            "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
            "maxProperties", "dependentRequired", "dependentSchemas",
        ]

        subscript(_ name: String) -> JSON? { members[name] }

        func place(_ name: String) -> String { pointer + "/" + name }

        func hasAny(_ names: [String]) -> Bool { names.contains { members[$0] != nil } }

        func types() throws(SchemaFault) -> SchemaNode.Types? {
            guard let json = members["type"] else { return nil }
            let names = json.string.map { [$0] } ?? json.array?.compactMap(\.string)
            guard let names, !names.isEmpty, names.count == json.array?.count ?? 1 else {
                throw .malformed(pointer: place("type"))
            }
            var types: SchemaNode.Types = []
            for name in names {
                guard let type = SchemaNode.Types.named.first(where: { $0.0 == name })?.1 else {
                    throw .malformed(pointer: place("type"))
                }
                types.formUnion(type)
            }
            if try flag("nullable") == true { types.formUnion(.null) }
            return types
        }

        func choices() throws(SchemaFault) -> [SchemaNode.Choices] {
            var choices: [SchemaNode.Choices] = []
            if let json = members["const"] { choices.append(SchemaNode.Choices(values: [json], lookup: nil)) }
            if let json = members["enum"] {
                guard let values = json.array else { throw .malformed(pointer: place("enum")) }
                choices.append(SchemaNode.Choices(values: values, lookup: values.count > 8 ? Set(values) : nil))
            }
            return choices
        }

        func numbers() throws(SchemaFault) -> SchemaNode.Numbers? {
            var numbers = SchemaNode.Numbers()
            numbers.minimum = try number("minimum")
            numbers.maximum = try number("maximum")
            numbers.multipleOf = try number("multipleOf")
            if case .bool(let isExclusive) = members["exclusiveMinimum"] {
                if isExclusive { swap(&numbers.minimum, &numbers.exclusiveMinimum) }
            } else {
                numbers.exclusiveMinimum = try number("exclusiveMinimum")
            }
            if case .bool(let isExclusive) = members["exclusiveMaximum"] {
                if isExclusive { swap(&numbers.maximum, &numbers.exclusiveMaximum) }
            } else {
                numbers.exclusiveMaximum = try number("exclusiveMaximum")
            }
            if let format = members["format"]?.string, format == "int32" || format == "int64" {
                numbers.format = format
            }
            let isEmpty =
                [
                    numbers.minimum, numbers.maximum, numbers.exclusiveMinimum, numbers.exclusiveMaximum,
                    numbers.multipleOf,
                ]
                .allSatisfy { $0 == nil } && numbers.format == nil
            return isEmpty ? nil : numbers
        }

        func texts() throws(SchemaFault) -> SchemaNode.Texts? {
            var texts = SchemaNode.Texts()
            texts.minLength = try count("minLength")
            texts.maxLength = try count("maxLength")
            if let json = members["pattern"] {
                guard let source = json.string else { throw .malformed(pointer: place("pattern")) }
                texts.pattern = try pattern(source, "pattern")
            }
            // A format that nobody knows is a remark, as the specification says.
            texts.format = members["format"]?.string.flatMap { TextFormat(rawValue: $0) }
            let isEmpty =
                texts.minLength == nil && texts.maxLength == nil && texts.pattern == nil && texts.format == nil
            return isEmpty ? nil : texts
        }

        func pattern(_ source: String, _ name: String) throws(SchemaFault) -> TextPattern {
            do {
                return try TextPattern(source)
            } catch {
                throw .pattern(pointer: place(name))
            }
        }

        func number(_ name: String) throws(SchemaFault) -> JSONNumber? {
            guard let json = members[name] else { return nil }
            guard let number = json.number else { throw .malformed(pointer: place(name)) }
            return number
        }

        func count(_ name: String) throws(SchemaFault) -> Int? {
            guard let json = members[name] else { return nil }
            guard let count = json.int, count >= 0 else { throw .malformed(pointer: place(name)) }
            return count
        }

        func flag(_ name: String) throws(SchemaFault) -> Bool? {
            guard let json = members[name] else { return nil }
            guard let flag = json.bool else { throw .malformed(pointer: place(name)) }
            return flag
        }

        func strings(_ name: String) throws(SchemaFault) -> [String]? {
            guard let json = members[name] else { return nil }
            return try strings(json, place(name))
        }

        func dependentRequired() throws(SchemaFault) -> [String: [String]] {
            guard let json = members["dependentRequired"] else { return [:] }
            guard let object = json.object else { throw .malformed(pointer: place("dependentRequired")) }
            var result: [String: [String]] = [:]
            for (key, value) in object { result[key] = try strings(value, place("dependentRequired")) }
            return result
        }

        private func strings(_ json: JSON, _ place: String) throws(SchemaFault) -> [String] {
            guard let items = json.array else { throw .malformed(pointer: place) }
            let texts = items.compactMap(\.string)
            guard texts.count == items.count else { throw .malformed(pointer: place) }
            return texts
        }
    }
}
