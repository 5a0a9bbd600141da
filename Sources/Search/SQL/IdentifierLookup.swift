import Groundwork
package import Registry

/// What to look for when an identifier is searched: numbers given out by the registry, and keyed hashes of all others.
struct IdentifierLookup: Sendable, Equatable {
    private(set) var socialIDs: [String] = []
    private(set) var hashes: [[UInt8]] = []

    /// Empty when the value cannot be one of that type.
    /// - Throws: `.invalid` when no such type is known.
    init(type name: String?, value: String, context: RegistryContext) throws(RegistryFault) {
        guard Value.text(value).isAcceptable else { return }
        guard let name else {
            for type in context.dictionary.identifierTypes.values.sorted(by: { $0.code < $1.code }) {
                add(type, value, context)
            }
            if context.dictionary.identifierTypes[Contacts.phoneType] == nil { addPhone(value, context) }
            return
        }
        if let type = context.dictionary.identifierType(named: name) {
            add(type, value, context)
        } else if name.uppercased() == Contacts.phoneType {
            addPhone(value, context)
        } else {
            throw QueryCompiler.refusal("identifier", "identifier.type_unknown", context.dictionary.unknownType)
        }
    }

    private mutating func add(_ type: IdentifierType, _ value: String, _ context: RegistryContext) {
        if type.code == Contacts.phoneType { return addPhone(value, context) }
        guard let normal = type.normalise(value) else { return }
        if type.isOwn {
            if !socialIDs.contains(normal) { socialIDs.append(normal) }
        } else {
            hashes.append(context.identifierHash(type: type.code, value: normal))
        }
    }

    private mutating func addPhone(_ value: String, _ context: RegistryContext) {
        guard let number = context.dictionary.phone(value) else { return }
        hashes.append(context.identifierHash(type: Contacts.phoneType, value: number))
    }
}

extension IdentifierType {
    /// Issuer of the numbers that the registry itself gives out.
    package static let ownIssuer: String = "registry"

    /// Whether it is the registry's own number, kept as `social_id`.
    package var isOwn: Bool { issuer == Self.ownIssuer }
}

extension AttributeDictionary {
    /// The type of that code, in any case, or of that name in DCI messages.
    package func identifierType(named name: String) -> IdentifierType? {
        if let type = identifierTypes[name] ?? identifierTypes[name.uppercased()] { return type }
        let wanted = name.lowercased()
        return identifierTypes.values.sorted { $0.code < $1.code }.first { type in
            type.dci.contains { $0.lowercased() == wanted } || type.code.lowercased() == wanted
        }
    }

    var unknownType: String {
        var known = Set(identifierTypes.keys)
        known.insert(Contacts.phoneType)
        return "The type is none of \(known.sorted().joined(separator: ", "))."
    }
}
