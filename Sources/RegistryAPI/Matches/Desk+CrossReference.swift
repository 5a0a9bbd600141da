import Audit
import Documents
import Groundwork
import Postgres
import Registry
import Search
import Web

extension Desk {
    var crossReferenceRoutes: [Route] {
        [
            .post(
                "/api/v1/cross-reference", needs: .exchangeIdentifiers,
                "Exchange an identifier for those of other systems",
                operation: Operations.send(
                    "crossReference", .matches, body: .json(.ref("CrossReferenceQuestion")), status: .ok,
                    answer: "CrossReferenceAnswer",
                    note: """
                        What IHE PIXm asks by ITI-83. The identifier asked with is not answered. An unknown source system \
                        is a 400, an unknown target a 403, an identifier that nobody bears a 404; somebody without another \
                        identifier is an empty list. Changes nothing.
                        """), answered(crossReference))
        ]
    }

    private func crossReference(_ call: Call) async throws -> Response {
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let system = fields.text("system", needed: true, atMost: 40)
        let value = fields.text("value", needed: true, atMost: 64)
        let names = fields.texts("targets", atMost: 50)
        fields.finish()
        guard fields.findings.isEmpty, let system, let value else { throw APIFault.invalid(fields.findings) }
        guard let source = self.system(named: system) else { throw APIFault.systemUnknown }
        var targets: [IdentifierType] = []
        for name in names ?? [] {
            guard let target = self.system(named: name) else { throw APIFault.targetUnknown }
            targets.append(target)
        }
        if names == nil { targets = context.dictionary.identifierTypes.values.filter(Self.isSystem) }
        let asked = targets
        let found = try await reading(call) { tx in
            try await CrossReference.find(source, value, targets: asked, today: today, context: context, in: tx)
        }
        guard let found else { throw APIFault.identifierUnknown }
        call.disclosed.note(Subject.person(found.person), fields: ["identifiers"])
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("person", found.person.description)
            writer.key("identifiers")
            writer.array { writer in
                for identifier in found.identifiers {
                    writer.object { writer in
                        writer.member("system", identifier.type)
                        writer.member("value", identifier.value)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    /// A phone is no system that identifies people, and a household's number none of a person.
    private static func isSystem(_ type: IdentifierType) -> Bool {
        type.code != Contacts.phoneType && (!type.isOwn || type.isPersonNumber)
    }

    private func system(named name: String) -> IdentifierType? {
        context.dictionary.identifierType(named: name).flatMap { Self.isSystem($0) ? $0 : nil }
    }
}
