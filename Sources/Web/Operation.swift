public import Documents

extension Route {
    /// What the OpenAPI document says about a route beyond its method, path, scope and summary.
    public struct Operation: Sendable {
        /// The `operationId`; nil means one made from method and path.
        public var id: String?
        /// Under which headings readers find the route.
        public var tags: [String]
        /// Longer explanation, CommonMark.
        public var description: String?
        /// Query and header parameters, and path parameters that are more than plain text.
        public var parameters: [Parameter]
        /// What the route reads; nil when it reads no body.
        public var body: Content?
        /// Answers by status; faults that every route shares are added by the document.
        public var responses: [Answer]
        /// Whether the document leaves the route out, as pages and assets are.
        public var isHidden: Bool
        /// Whether refusals are RFC 9457 problems; false where a foreign standard has its own shape.
        public var refusesWithProblems: Bool

        /// Nothing is required: an empty description still shows method, path, summary and security.
        public init(
            id: String? = nil, tags: [String] = [], description: String? = nil, parameters: [Parameter] = [],
            body: Content? = nil, responses: [Answer] = [], isHidden: Bool = false, refusesWithProblems: Bool = true
        ) {
            (self.id, self.tags, self.description, self.parameters) = (id, tags, description, parameters)
            (self.body, self.responses, self.isHidden) = (body, responses, isHidden)
            self.refusesWithProblems = refusesWithProblems
        }

        /// A route that no document shows.
        public static let hidden: Operation = Operation(isHidden: true)
    }

    /// One parameter outside the body.
    public struct Parameter: Sendable {
        /// Where the parameter stands in the request.
        public enum Place: String, Sendable { case path, query, header }

        public var name: String
        public var place: Place
        public var schema: Schema
        /// Whether a request without it is refused.
        public var isRequired: Bool
        public var description: String

        /// A parameter; one in the path is always required.
        public init(_ place: Place, _ name: String, _ schema: Schema, required: Bool, _ description: String) {
            (self.place, self.name, self.schema) = (place, name, schema)
            (isRequired, self.description) = (required || place == .path, description)
        }

        /// A value in the path; always required.
        public static func path(_ name: String, _ schema: Schema, _ description: String) -> Parameter {
            Parameter(.path, name, schema, required: true, description)
        }

        /// Any text in the path; always required.
        public static func path(_ name: String, _ description: String) -> Parameter {
            .path(name, .text, description)
        }

        /// A value in the query.
        public static func query(
            _ name: String, _ schema: Schema, required: Bool = false, _ description: String
        ) -> Parameter {
            Parameter(.query, name, schema, required: required, description)
        }

        /// Any text in the query.
        public static func query(_ name: String, required: Bool = false, _ description: String) -> Parameter {
            .query(name, .text, required: required, description)
        }

        /// A request header.
        public static func header(
            _ name: String, _ schema: Schema, required: Bool = false, _ description: String
        ) -> Parameter {
            Parameter(.header, name, schema, required: required, description)
        }

        /// A request header of any text.
        public static func header(_ name: String, required: Bool = false, _ description: String) -> Parameter {
            .header(name, .text, required: required, description)
        }
    }

    /// A body, as media types with their schemas.
    public struct Content: Sendable {
        public var description: String?
        public var isRequired: Bool
        /// Media types in order of preference.
        public var types: [(type: String, schema: Schema)]

        /// A body in any of these media types.
        public init(_ types: [(type: String, schema: Schema)], description: String? = nil, required: Bool = true) {
            (self.types, self.description, isRequired) = (types, description, required)
        }

        /// `application/json` of a schema.
        public static func json(_ schema: Schema, description: String? = nil) -> Content {
            Content([("application/json", schema)], description: description)
        }

        /// Another media type; its bytes are described by `schema`.
        public static func type(_ type: String, _ schema: Schema = .bytes, description: String? = nil) -> Content {
            Content([(type, schema)], description: description)
        }
    }

    /// One answer of a route.
    public struct Answer: Sendable {
        public var status: Status
        public var description: String
        public var content: Content?
        /// Names and descriptions of headers worth knowing, such as `Location`.
        public var headers: [(name: String, description: String)]

        /// One answer; without content it has no body.
        public init(
            _ status: Status, _ description: String, _ content: Content? = nil,
            headers: [(name: String, description: String)] = []
        ) {
            (self.status, self.description, self.content, self.headers) = (status, description, content, headers)
        }
    }

    /// A JSON Schema: a named one of the document, or a small one in place.
    public indirect enum Schema: Sendable {
        /// `#/components/schemas/<name>`.
        case ref(String)
        case string(format: String?)
        case choice([String])
        case integer(minimum: Int?, maximum: Int?)
        case number
        case boolean
        case array(Schema)
        /// Raw bytes: files, streams.
        case bytes
        case any
        /// Any other schema, as it shall stand in the document.
        case inline(JSON)

        /// Any text.
        public static let text: Schema = .string(format: nil)
        /// A UUID of 36 characters.
        public static let uuid: Schema = .string(format: "uuid")
        /// `YYYY-MM-DD`.
        public static let date: Schema = .string(format: "date")
        /// RFC 3339, with zone.
        public static let instant: Schema = .string(format: "date-time")
        /// Any whole number.
        public static let integer: Schema = .integer(minimum: nil, maximum: nil)
    }
}
