import Groundwork
import Registry
import Search

/// Finds what a word of a DCI message means: an attribute, an identifier type, a name.
struct AttributeFinder: Sendable {
    enum Meaning: Sendable, Equatable {
        case field(Field)
        /// Nil means of any type.
        case identifier(SubjectKind, type: String?)
        case phone
        case name
    }

    private let words: [SubjectKind: [String: Meaning]]
    private let lowered: [SubjectKind: [String: Meaning]]

    /// - Parameters:
    ///   - householdTypes: identifier types that households carry; all others belong to people.
    init(_ dictionary: AttributeDictionary, householdTypes: Set<String>, numbers: [SubjectKind: String]) {
        var words: [SubjectKind: [String: Meaning]] = [:]
        for subject in SubjectKind.allCases {
            var known: [String: Meaning] = [:]
            func add(_ word: String, _ meaning: Meaning) {
                if known[word] == nil { known[word] = meaning }
            }
            let number = Meaning.identifier(subject, type: numbers[subject])
            add("social_id", number)
            for name in AttributeTable.always[subject] ?? [] { add(name, .field(Field(subject, name))) }
            for attribute in dictionary.attributes[subject]?.values.sorted(by: { $0.name < $1.name }) ?? [] {
                let meaning = attribute.name == "social_id" ? number : Self.meaning(attribute)
                for word in [attribute.name] + attribute.dci { add(word, meaning) }
            }
            for (word, name) in AttributeTable.words[subject] ?? [:] { add(word, .field(Field(subject, name))) }
            for word in AttributeTable.identifierWords[subject] ?? [] { add(word, .identifier(subject, type: nil)) }
            for type in dictionary.identifierTypes.values.sorted(by: { $0.code < $1.code }) {
                let holder: SubjectKind = householdTypes.contains(type.code) ? .household : .person
                guard holder == subject else { continue }
                for word in [type.code] + type.dci { add(word, .identifier(subject, type: type.code)) }
            }
            if let type = numbers[subject] { add(type, number) }
            if subject == .person {
                for word in AttributeTable.phoneWords { add(word, .phone) }
                for word in AttributeTable.nameWords { add(word, .name) }
            }
            words[subject] = known
        }
        self.words = words
        lowered = words.mapValues { known in
            var result: [String: Meaning] = [:]
            for (word, meaning) in known.sorted(by: { $0.key < $1.key }) where result[word.lowercased()] == nil {
                result[word.lowercased()] = meaning
            }
            return result
        }
    }

    private static func meaning(_ attribute: Attribute) -> Meaning {
        switch attribute.name {
        case "identifiers": .identifier(attribute.subject, type: nil)
        case "phones": .phone
        case "full_name": .name
        default: .field(Field(attribute.subject, attribute.name))
        }
    }

    /// What the word means, to this subject or else to the other; as written first, then in any case.
    func meaning(of word: String, for subject: SubjectKind) -> (kind: SubjectKind, meaning: Meaning)? {
        let other: SubjectKind = subject == .person ? .household : .person
        let small = word.lowercased()
        for kind in [subject, other] {
            if let meaning = words[kind]?[word] { return (kind, meaning) }
        }
        for kind in [subject, other] {
            if let meaning = lowered[kind]?[small] { return (kind, meaning) }
        }
        return nil
    }
}
