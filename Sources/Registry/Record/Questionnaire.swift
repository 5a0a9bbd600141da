package import Documents
import Foundation
import Groundwork
import Postgres

/// A questionnaire of the profile: questions with types, and the attributes that their answers feed.
package struct Questionnaire: Sendable {
    package struct Question: Sendable {
        /// `text`, `code`, `codes`, `date`, `integer`, `decimal`, `boolean`, `area`, `point`, `phone`, `identifier`,
        /// `photo` or `note`.
        package var kind: String
        package var name: String
        package var codeList: String?
        package var isRequired: Bool
        /// `person.<attribute>`, `household.<attribute>` or `membership.<attribute>`.
        package var feeds: String?
        package var identifierType: String?
        var relevant: JSON?
    }

    package struct Section: Sendable {
        package var name: String
        /// Whether it is asked once for each member.
        package var isRepeated: Bool
        package var questions: [Question]
        var relevant: JSON?
    }

    package var code: String
    package var version: Int
    package var subject: SubjectKind
    package var sections: [Section]

    static func find(
        _ code: String, version: Int, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> Questionnaire {
        let rows = try await query(
            """
            SELECT subject_kind, definition FROM registry.questionnaire
            WHERE code = \(code) AND version = \(Int32(version))
            """, in: tx)
        guard let row = rows.first else {
            throw .invalid([
                Finding("questionnaire", code: "questionnaire.unknown", "No such questionnaire and version is loaded.")
            ])
        }
        do {
            let kind = SubjectKind(rawValue: try row.get(0)) ?? .household
            let definition: JSONB = try row.get(1)
            return Questionnaire(
                code: code, version: version, subject: kind, definition: try JSON.parse(definition.bytes))
        } catch {
            throw .defect("a questionnaire cannot be read")
        }
    }

    /// Reads the shape of `profiles/schema/form.schema.json`.
    package init(code: String, version: Int, subject: SubjectKind, definition: JSON) {
        (self.code, self.version, self.subject) = (code, version, subject)
        sections = (definition["sections"]?.array ?? []).map { section in
            Section(
                name: section["name"]?.string ?? "", isRepeated: section["repeat"]?.string != nil,
                questions: (section["questions"]?.array ?? []).compactMap(Question.init(json:)),
                relevant: section["relevant"])
        }
    }

    /// Answers of members who are named by `person` in a repeated section.
    func members(in answers: JSONObject) -> [(section: String, person: ID<Person>, answers: JSONObject)] {
        var result: [(section: String, person: ID<Person>, answers: JSONObject)] = []
        for section in sections where section.isRepeated {
            for item in answers[section.name]?.array ?? [] {
                guard let object = item.object, let person = object["person"]?.string.flatMap({ ID<Person>($0) })
                else { continue }
                result.append((section.name, person, object))
            }
        }
        return result
    }

    /// Claims of one kind of subject; what is set by other means (dates of the visit, contacts) stays out.
    func claims(from answers: JSONObject, of kind: SubjectKind) -> JSONObject {
        var claims: JSONObject = [:]
        for question in sections.flatMap(\.questions) {
            guard let feeds = question.feeds, feeds.hasPrefix(kind.rawValue + "."), let answer = answers[question.name]
            else { continue }
            let attribute = String(feeds.dropFirst(kind.rawValue.count + 1))
            switch attribute {
            case "observed_on", "phones", "identifiers", "age", "birth_precision": continue
            case "birth_date":
                let precision = answers["birth_precision"] ?? .string("day")
                claims["birth_date"] = .object(["date": answer, "precision": precision])
            default: claims[attribute] = answer
            }
        }
        return claims
    }

    func contacts(from answers: JSONObject, of kind: SubjectKind) -> Contacts {
        var contacts = Contacts()
        for question in sections.flatMap(\.questions) {
            guard let feeds = question.feeds, feeds.hasPrefix(kind.rawValue + "."),
                let answer = answers[question.name]?.string
            else { continue }
            if question.kind == "phone" { contacts.phones = (contacts.phones ?? []) + [answer] }
            if let type = question.identifierType {
                contacts.identifiers.append(Identifier(type: type, value: answer))
            }
        }
        return contacts
    }
}

extension Questionnaire.Question {
    init?(json: JSON) {
        guard let name = json["name"]?.string else { return nil }
        self.init(
            kind: json["type"]?.string ?? "text", name: name, codeList: json["list"]?.string,
            isRequired: json["required"]?.bool ?? false, feeds: json["feeds"]?.string,
            identifierType: json["identifier_type"]?.string, relevant: json["relevant"])
    }
}
