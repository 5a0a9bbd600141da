import Documents
import Groundwork
import Testing

/// The published interface, as the schemas of `Tests/Fixtures/dci` state it.
struct Interface {
    let request: JSONSchema
    let answer: JSONSchema
    let acknowledgement: JSONSchema
    let errors: JSONSchema

    static let shared: Result<Interface, any Error> = Result { try Interface() }

    private init() throws {
        let document = try Sample.json("Tests/Fixtures/dci/social_api_v1.0.0.json")
        let operation = "#/paths/~1registry~1sync~1search/post"
        request = try JSONSchema(root: document, at: operation + "/requestBody/content/application~1json/schema")
        answer = try JSONSchema(root: document, at: operation + "/responses/default/content/application~1json/schema")
        let responses = "#/components/responses"
        acknowledgement = try JSONSchema(root: document, at: responses + "/Response/content/application~1json/schema")
        errors = try JSONSchema(root: document, at: responses + "/HttpErrorResponse/content/application~1json/schema")
    }
}

/// Finds what is wrong with an answer, in words that a failing test can show.
func breaches(_ json: JSON, of schema: (Interface) -> JSONSchema) throws -> [String] {
    schema(try Interface.shared.get()).validate(json).map { "\($0.path): \($0.summary)" }
}
