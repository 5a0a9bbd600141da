package import Documents
import Foundation
package import Groundwork
package import Registry

/// Turns what somebody asks for, in his own words, into conditions on attributes that exist, with values of their type.
///
/// Names are those of the dictionary, the words by which it knows them elsewhere, and codes of identifier types. What is not
/// known becomes a finding, never a condition. An attribute of the other subject is asked of the household, or of its members.
package struct QueryChecker: Sendable {
    package enum Operator: String, Sendable, CaseIterable {
        case eq, ne, lt, le, gt, ge
        /// One of a list, or of texts separated by commas.
        case isIn = "in"
        case isNotIn = "not_in"

        var comparison: Comparison? { Comparison(rawValue: rawValue) }
    }

    let context: RegistryContext
    private let names: AttributeNames

    var areas: AreaIndex { context.areas.index }

    /// Made once; it follows the areas when they are loaded again.
    package init(context: RegistryContext) {
        self.context = context
        names = AttributeNames(context.dictionary)
    }

    /// The condition that the attribute compares so with the literal; nil when a finding was added.
    package func condition(
        _ name: String, _ asked: Operator, _ literal: JSON, of subject: SubjectKind, at path: FieldPath,
        findings: inout [Finding]
    ) -> RegistryQuery? {
        let count = findings.count
        guard let meaning = names.meaning(of: name, subject) else {
            findings.append(unknown(path, subject))
            return nil
        }
        var reading = LiteralReading(checker: self, path: path)
        let query = reading.query(meaning, asked, literal)
        findings += reading.findings
        guard findings.count == count, let query else { return nil }
        return bridged(query, meaning.subject, subject)
    }

    /// The condition that the subject has the identifier; a household may be named by an identifier of a member.
    package func identifier(
        type name: String, value: String, of subject: SubjectKind, at path: FieldPath, findings: inout [Finding]
    ) -> RegistryQuery? {
        guard let type = names.identifierType(name) else {
            findings.append(
                Finding(path.appending("type"), code: "identifier.type_unknown", context.dictionary.unknownType))
            return nil
        }
        return identifier(type, value, subject, path.appending("value"), &findings)
    }

    /// The sort key for that attribute; nil when a finding was added.
    package func sort(
        _ name: String, _ order: Sort.Order, of subject: SubjectKind, at path: FieldPath, findings: inout [Finding]
    ) -> Sort? {
        guard let meaning = names.meaning(of: name, subject), case .attribute(let field, let shape) = meaning,
            field.subject == subject
        else {
            findings.append(unknown(path, subject))
            return nil
        }
        if case .set = shape.kind {
            findings.append(
                Finding(path, code: "sort.unsuited", "An attribute with several values cannot order an answer."))
            return nil
        }
        return Sort(field, order)
    }

    /// The attribute that the word means for the subject, or for its counterpart; nil for words unknown and for identifiers.
    package func field(_ name: String, of subject: SubjectKind) -> Field? {
        guard case .attribute(let field, _) = names.meaning(of: name, subject) else { return nil }
        return field
    }

    // MARK: Parts

    func identifier(
        _ type: IdentifierType?, _ value: String, _ subject: SubjectKind, _ path: FieldPath,
        _ findings: inout [Finding]
    ) -> RegistryQuery? {
        guard Value.text(value).isAcceptable, !value.isEmpty else {
            findings.append(Finding(path, code: "identifier.malformed", "The value is empty, too long or holds NUL."))
            return nil
        }
        guard let type else { return anyIdentifier(value, subject) }
        let isPhone = type.code == Contacts.phoneType
        guard let normal = isPhone ? context.dictionary.phone(value) : type.normalise(value) else {
            findings.append(Finding(path, code: "identifier.malformed", expected(type)))
            return nil
        }
        guard type.isOwn else {
            let own = RegistryQuery.identifier(type: type.code, value: normal)
            return subject == .person ? own : .or([own, .member(own)])
        }
        let isOfHousehold = names.isNumberOfHousehold(type)
        let number = Value.text(normal)
        switch (subject, isOfHousehold) {
        case (.person, false), (.household, true): return .identifier(type: type.code, value: normal)
        case (.person, true): return .household(.compare(.household("social_id"), .eq, number))
        case (.household, false):
            return .or([
                .compare(.household("social_id"), .eq, number), .member(.compare(.person("social_id"), .eq, number)),
            ])
        }
    }

    private func anyIdentifier(_ value: String, _ subject: SubjectKind) -> RegistryQuery {
        let own = RegistryQuery.identifier(type: nil, value: value)
        return subject == .person ? own : .or([own, .member(own)])
    }

    private func expected(_ type: IdentifierType) -> String {
        type.code == Contacts.phoneType
            ? "A phone number is expected, best in the form +\(context.dictionary.callingCode)… ."
            : "A value of \(type.minimumLength) to \(type.maximumLength) characters is expected for \(type.code)."
    }

    private func bridged(_ query: RegistryQuery, _ owner: SubjectKind, _ subject: SubjectKind) -> RegistryQuery {
        if owner == subject { return query }
        return subject == .household ? .member(query) : .household(query)
    }

    private func unknown(_ path: FieldPath, _ subject: SubjectKind) -> Finding {
        Finding(
            path, code: "attribute.unknown",
            "No such attribute of a \(subject.rawValue) can be searched; see the attributes in the API reference.")
    }
}
