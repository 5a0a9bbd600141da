import Documents
import Groundwork

/// One code of a code list, with the words it is known by.
package struct Code: Sendable {
    package var code: String
    /// Words by language, ISO 639-3.
    package var labels: [String: String]
    /// The code in the DCI standard, where the list maps.
    package var dci: String?
    /// Other spellings met in the field, accepted on input.
    package var aliases: [String]
    /// Place in an order, where the list has one, e.g. 1 to 4 for the Washington Group.
    package var level: Int?
    /// Rank of a source or an assurance: greater prevails.
    package var rank: Int?

    package init(
        code: String, labels: [String: String] = [:], dci: String? = nil, aliases: [String] = [], level: Int? = nil,
        rank: Int? = nil
    ) {
        (self.code, self.labels, self.dci, self.aliases) = (code, labels, dci, aliases)
        (self.level, self.rank) = (level, rank)
    }
}

/// One code list of the profile.
package struct CodeList: Sendable {
    package let name: String
    package let codes: [Code]
    private let byWord: [String: Int]

    package init(name: String, codes: [Code]) {
        (self.name, self.codes) = (name, codes)
        var words: [String: Int] = [:]
        for (place, code) in codes.enumerated() { words[code.code.lowercased()] = place }
        for (place, code) in codes.enumerated() {
            for word in code.aliases + Array(code.labels.values) + (code.dci.map { [$0] } ?? []) {
                let word = word.lowercased()
                if words[word] == nil { words[word] = place }
            }
        }
        byWord = words
    }

    /// The code that the word means: the code itself, its DCI code, a label or another spelling, in any case.
    package func code(for word: String) -> Code? {
        byWord[word.lowercased()].map { codes[$0] }
    }

    package func contains(_ code: String) -> Bool {
        byWord[code.lowercased()].map { codes[$0].code == code } ?? false
    }

    package func dci(for code: String) -> String? {
        byWord[code.lowercased()].flatMap { codes[$0].dci }
    }
}

/// One attribute of people or households, as the profile defines it.
package struct Attribute: Sendable {
    package enum Kind: String, Sendable {
        case text, texts, code, codes, date, integer, decimal, boolean, json, area
        /// A birth date: `{date, precision}`.
        case partialDate = "partial_date"
    }

    package var name: String
    package var subject: SubjectKind
    package var kind: Kind
    package var codeList: String?
    package var isSensitive: Bool
    /// Computed from others; not accepted in claims.
    package var isDerived: Bool
    /// Names under which DCI messages ask for it.
    package var dci: [String]
    package var minimum: Int?
    package var maximum: Int?
    /// Digits after the point that are kept, for decimals.
    package var digits: Int?
    package var labels: [String: String] = [:]

    package init(
        name: String, subject: SubjectKind, kind: Kind, codeList: String? = nil, isSensitive: Bool = false,
        isDerived: Bool = false, dci: [String] = [], minimum: Int? = nil, maximum: Int? = nil,
        digits: Int? = nil, labels: [String: String] = [:]
    ) {
        (self.digits, self.labels) = (digits, labels)
        (self.name, self.subject, self.kind, self.codeList) = (name, subject, kind, codeList)
        (self.isSensitive, self.isDerived, self.dci) = (isSensitive, isDerived, dci)
        (self.minimum, self.maximum) = (minimum, maximum)
    }
}

/// How identifiers of one type are written, and put into normal form.
package struct IdentifierType: Sendable {
    package enum Normalisation: String, Sendable { case digits, upper, exact, phone }

    package var code: String
    package var normalisation: Normalisation
    package var minimumLength: Int
    package var maximumLength: Int
    package var issuer: String?
    package var dci: [String]

    package init(
        code: String, normalisation: Normalisation, minimumLength: Int = 1, maximumLength: Int = 40,
        issuer: String? = nil, dci: [String] = []
    ) {
        (self.code, self.normalisation, self.issuer, self.dci) = (code, normalisation, issuer, dci)
        (self.minimumLength, self.maximumLength) = (minimumLength, maximumLength)
    }

    /// The value in normal form; nil when nothing fitting is left.
    package func normalise(_ value: String) -> String? {
        let kept: String
        switch normalisation {
        case .digits: kept = String(value.unicodeScalars.filter { ("0"..."9").contains($0) })
        case .upper:
            let letters = value.uppercased().unicodeScalars.filter {
                ("0"..."9").contains($0) || ("A"..."Z").contains($0)
            }
            kept = String(String.UnicodeScalarView(letters))
        case .exact: kept = value
        case .phone:
            let digits = String(value.unicodeScalars.filter { ("0"..."9").contains($0) })
            kept = value.hasPrefix("+") || value.hasPrefix("00") ? "+" + digits.drop { $0 == "0" } : digits
        }
        return (minimumLength...maximumLength).contains(kept.count) ? kept : nil
    }
}

/// What the profile says may be stated: attributes, code lists and identifier types.
package struct AttributeDictionary: Sendable {
    package let attributes: [SubjectKind: [String: Attribute]]
    package let lists: [String: CodeList]
    package let identifierTypes: [String: IdentifierType]
    /// Country calling code, for phones written without one, e.g. `257`; length of a national number.
    package let callingCode: String
    package let nationalLength: Int

    package init(
        attributes: [Attribute], lists: [CodeList], identifierTypes: [IdentifierType], callingCode: String,
        nationalLength: Int
    ) {
        var byKind: [SubjectKind: [String: Attribute]] = [:]
        for attribute in attributes { byKind[attribute.subject, default: [:]][attribute.name] = attribute }
        self.attributes = byKind
        self.lists = Dictionary(lists.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.identifierTypes = Dictionary(
            identifierTypes.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
        (self.callingCode, self.nationalLength) = (callingCode, nationalLength)
    }

    /// A phone number in E.164; nil when it cannot be one.
    package func phone(_ text: String) -> String? {
        let digits = String(text.unicodeScalars.filter { ("0"..."9").contains($0) })
        let trimmed = text.drop { $0 == " " }
        let international: String
        if trimmed.hasPrefix("+") {
            international = digits
        } else if digits.hasPrefix("00") {
            international = String(digits.dropFirst(2))
        } else if digits.count == nationalLength {
            international = callingCode + digits
        } else if digits.hasPrefix("0"), digits.count == nationalLength + 1 {
            international = callingCode + digits.dropFirst()
        } else {
            international = digits
        }
        return (8...15).contains(international.count) && !international.hasPrefix("0") ? "+" + international : nil
    }
}
