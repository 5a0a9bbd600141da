package import Cryptography
import Groundwork
package import Linkage

/// What the trunk needs besides the database: keys, rules, dictionary, areas, names. Made once by the composition root.
package struct RegistryContext: Sendable {
    package let keys: KeyRing
    package let survivorship: Survivorship
    package let dictionary: AttributeDictionary
    /// Normal form, search keys and likeness of names, by the profile's tables.
    package let names: NameKeys
    package let areas: AreaBook
    /// How many approvals a proposal takes, by command kind; `default` for all others.
    package let approvals: [String: Int]

    package init(
        keys: KeyRing, rules: ViewRules, dictionary: AttributeDictionary, names: NameKeys, areas: AreaBook,
        approvals: [String: Int] = [:]
    ) {
        (self.keys, self.dictionary, self.names, self.areas) = (keys, dictionary, names, areas)
        (self.survivorship, self.approvals) = (Survivorship(rules: rules), approvals)
    }

    package var records: RecordStore { RecordStore(keys: keys) }

    /// The keyed hash under which an identifier or phone number is found; the value must be in normal form.
    package func identifierHash(type: String, value: String) -> [UInt8] {
        keys.index("identifier:" + type, value)
    }
}
