import Groundwork
import Registry

/// What a word in a query stands for.
enum AttributeMeaning: Sendable {
    case attribute(Field, FieldShape)
    case identifier(IdentifierType?, SubjectKind)
    case name

    var subject: SubjectKind {
        switch self {
        case .attribute(let field, _): field.subject
        case .identifier(_, let subject): subject
        case .name: .person
        }
    }
}

/// All words that queries may use for attributes, of one dictionary.
struct AttributeNames: Sendable {
    private let dictionary: AttributeDictionary
    private var exact: [SubjectKind: [String: String]] = [:]
    private var folded: [SubjectKind: [String: String]] = [:]

    init(_ dictionary: AttributeDictionary) {
        self.dictionary = dictionary
        for subject in SubjectKind.allCases {
            var (exact, folded): ([String: String], [String: String]) = ([:], [:])
            let attributes = (dictionary.attributes[subject] ?? [:]).values.sorted { $0.name < $1.name }
            for attribute in attributes {
                for word in attribute.dci {
                    if exact[word] == nil { exact[word] = attribute.name }
                    if folded[word.lowercased()] == nil { folded[word.lowercased()] = attribute.name }
                }
            }
            (self.exact[subject], self.folded[subject]) = (exact, folded)
        }
    }

    /// The subject's own attribute before the other's, a name before another word, a word before the code of an identifier.
    func meaning(of word: String, _ subject: SubjectKind) -> AttributeMeaning? {
        let other: SubjectKind = subject == .person ? .household : .person
        if let own = named(word, subject) ?? known(word, subject) { return own }
        if let type = identifierType(word) { return .identifier(type, subject) }
        return named(word, other) ?? known(word, other)
    }

    func identifierType(_ word: String) -> IdentifierType? {
        if let type = dictionary.identifierType(named: word) { return type }
        guard word.uppercased() == Contacts.phoneType else { return nil }
        return IdentifierType(code: Contacts.phoneType, normalisation: .phone)
    }

    /// Whether the type names households rather than people.
    func isNumberOfHousehold(_ type: IdentifierType) -> Bool {
        ([type.code] + type.dci).contains { word in
            word.uppercased().hasPrefix("HOUSEHOLD") || known(word, .household) != nil
        }
    }

    private func known(_ word: String, _ subject: SubjectKind) -> AttributeMeaning? {
        (exact[subject]?[word] ?? folded[subject]?[word.lowercased()]).flatMap { named($0, subject) }
    }

    private func named(_ name: String, _ subject: SubjectKind) -> AttributeMeaning? {
        switch (subject, name) {
        case (.person, "full_name"): return .name
        case (_, "identifiers"): return .identifier(nil, subject)
        case (_, "phones"): return identifierType(Contacts.phoneType).map { .identifier($0, subject) }
        default:
            let field = Field(subject, name)
            return FieldShape.of(field, dictionary).map { .attribute(field, $0) }
        }
    }
}
