public import Groundwork

/// A JSON Schema, compiled once and used for many documents.
///
/// The language is the part of draft 2020-12 that OpenAPI 3.0 and 3.1 documents and our own profiles use: every assertion about
/// types, values, texts, numbers, arrays and objects, the applicators, conditions, local `$ref`, `format` as an assertion, and
/// of OpenAPI 3.0 `nullable` and the boolean `exclusiveMinimum` and `exclusiveMaximum`. A schema that asks for more
/// (`unevaluatedProperties`, dynamic or remote references) is refused rather than half obeyed.
///
///     let schema = try JSONSchema(root: openAPI, at: "#/components/schemas/SearchRequest")
///     let findings = schema.validate(message)
public struct JSONSchema: Sendable {
    let nodes: [SchemaNode]
    let start: Int

    /// - Throws: `SchemaFault`.
    public init(_ json: JSON) throws(SchemaFault) {
        try self.init(root: json, at: "#")
    }

    /// One schema of a document that holds several and that its references point into.
    ///
    /// - Parameter pointer: a JSON Pointer, with or without `#` before it.
    /// - Throws: `SchemaFault`.
    public init(root: JSON, at pointer: String) throws(SchemaFault) {
        var compiler = SchemaCompiler(root: root)
        start = try compiler.compile(reference: pointer.hasPrefix("#") ? pointer : "#" + pointer, from: "#")
        try compiler.refuseCircles()
        nodes = compiler.nodes
    }

    /// What is wrong with the value: nothing, or up to a hundred findings with their places.
    ///
    /// Texts of findings name what the schema wants, never what the value says.
    public func validate(_ value: JSON) -> [Finding] {
        validate(value, at: .root)
    }

    /// The same for a value that stands somewhere in a larger document.
    public func validate(_ value: JSON, at path: FieldPath) -> [Finding] {
        var validator = SchemaValidator(nodes: nodes, path: path.steps)
        validator.check(value, start)
        return validator.findings
    }

    /// True when nothing is wrong; stops at the first trouble.
    public func isValid(_ value: JSON) -> Bool {
        var validator = SchemaValidator(nodes: nodes, path: [], limit: 1)
        validator.check(value, start)
        return validator.findings.isEmpty
    }
}

/// Why a schema cannot be used.
public enum SchemaFault: Fault, Equatable {
    /// The keyword at that pointer has a value of the wrong kind.
    case malformed(pointer: String)
    /// The reference at that pointer leads nowhere within the document.
    case unresolved(pointer: String)
    /// The keyword at that pointer is not obeyed here.
    case unsupported(pointer: String)
    /// The regular expression at that pointer is not one that `TextPattern` knows.
    case pattern(pointer: String)
    /// The schema at that pointer refers to itself without a step into the value.
    case circular(pointer: String)

    public var code: String {
        switch self {
        case .malformed: "schema.document.malformed"
        case .unresolved: "schema.document.unresolved"
        case .unsupported: "schema.document.unsupported"
        case .pattern: "schema.document.pattern"
        case .circular: "schema.document.circular"
        }
    }

    public var kind: FaultKind { .defect }

    public var summary: String {
        switch self {
        case .malformed(let pointer): "The schema keyword at \(pointer) has a value of the wrong kind."
        case .unresolved(let pointer): "The schema reference at \(pointer) leads nowhere within the document."
        case .unsupported(let pointer): "The schema keyword at \(pointer) is not supported."
        case .pattern(let pointer): "The regular expression at \(pointer) is not supported."
        case .circular(let pointer): "The schema at \(pointer) refers to itself without end."
        }
    }
}
