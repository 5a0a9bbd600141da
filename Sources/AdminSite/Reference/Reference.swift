import Documents

/// An OpenAPI document as people read it: chapters of operations, and the shapes they speak of.
struct Reference: Sendable {
    struct Chapter: Sendable {
        var name: String
        var summary: String?
        var operations: [Operation]
    }

    struct Operation: Sendable {
        /// The `operationId`, which is also the anchor.
        var id: String
        /// In capitals.
        var method: String
        var path: String
        var summary: String
        var description: String?
        /// Nil when anybody may call it.
        var scope: String?
        var parameters: [Parameter]
        var body: [Content]
        var answers: [Answer]
    }

    struct Parameter: Sendable {
        var name: String
        var place: String
        var type: Shape
        var isRequired: Bool
        var description: String
    }

    struct Content: Sendable {
        var mediaType: String
        /// Nil for raw bytes.
        var type: Shape?
    }

    struct Answer: Sendable {
        var status: String
        var description: String
        var content: [Content]
        var headers: [(name: String, description: String)]
    }

    struct NamedShape: Sendable {
        var name: String
        var shape: Shape
    }

    var title: String
    var version: String
    var description: String?
    var chapters: [Chapter]
    var shapes: [NamedShape]

    init(_ document: JSON) {
        title = document["info"]?["title"]?.string ?? ""
        version = document["info"]?["version"]?.string ?? ""
        description = document["info"]?["description"]?.string
        let operations = Self.operations(document)
        var names = (document["tags"]?.array ?? []).compactMap { $0["name"]?.string }
        for (tag, _) in operations where !names.contains(tag) { names.append(tag) }
        chapters = names.compactMap { name in
            let own = operations.filter { $0.tag == name }.map(\.operation)
            let tag = document["tags"]?.array?.first { $0["name"]?.string == name }
            return own.isEmpty ? nil : Chapter(name: name, summary: tag?["description"]?.string, operations: own)
        }
        shapes = (document["components"]?["schemas"]?.object ?? [:]).map {
            NamedShape(name: $0.key, shape: Shape($0.value))
        }
    }

    private static func operations(_ document: JSON) -> [(tag: String, operation: Operation)] {
        var all: [(tag: String, operation: Operation)] = []
        for (path, item) in document["paths"]?.object ?? [:] {
            for (method, value) in item.object ?? [:] {
                let tag = value["tags"]?[0]?.string ?? "Other"
                all.append((tag, Operation(method, path, value)))
            }
        }
        return all
    }
}

extension Reference.Operation {
    init(_ method: String, _ path: String, _ json: JSON) {
        self.init(
            id: json["operationId"]?.string ?? method + path, method: method.uppercased(), path: path,
            summary: json["summary"]?.string ?? "", description: json["description"]?.string,
            scope: json["security"]?[0]?.object?.first { _ in true }?.value[0]?.string,
            parameters: (json["parameters"]?.array ?? []).map { Reference.Parameter($0) },
            body: Reference.contents(json["requestBody"]?["content"]),
            answers: (json["responses"]?.object ?? [:]).map { Reference.Answer($0.key, $0.value) })
    }
}

extension Reference.Parameter {
    init(_ json: JSON) {
        self.init(
            name: json["name"]?.string ?? "", place: json["in"]?.string ?? "",
            type: Shape(json["schema"] ?? [:]), isRequired: json["required"]?.bool ?? false,
            description: json["description"]?.string ?? "")
    }
}

extension Reference.Answer {
    init(_ status: String, _ json: JSON) {
        // What every operation shares is told once, by its schema.
        let isShared = json["$ref"] != nil
        self.init(
            status: status == "default" ? "4xx, 5xx" : status,
            description: isShared ? "Refused or failed; the problem says why." : json["description"]?.string ?? "",
            content: isShared
                ? [Reference.Content(mediaType: "application/problem+json", type: .named("Problem"))]
                : Reference.contents(json["content"]),
            headers: (json["headers"]?.object ?? [:]).map { ($0.key, $0.value["description"]?.string ?? "") })
    }
}

extension Reference {
    static func contents(_ json: JSON?) -> [Content] {
        (json?.object ?? [:]).map { type, content in
            Content(mediaType: type, type: content["schema"].map { Shape($0) })
        }
    }
}
