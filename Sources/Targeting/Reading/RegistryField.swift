import Groundwork
import Registry

/// What a binding to the registry names: an attribute of the household, of its head, or of its members.
enum RegistryField: Sendable, Equatable {
    case household(String)
    /// The area of the household, told in the codes that the formula asks for.
    case area
    case head(String)
    /// With nothing after it: the members themselves.
    case members(String?)

    /// Reads `household.roof`, `household.area`, `head.age`, `members`, `members.age`; nil for anything else.
    init?(_ name: String) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("household", 2): self = parts[1] == "area" ? .area : .household(parts[1])
        case ("head", 2): self = .head(parts[1])
        case ("members", 1): self = .members(nil)
        case ("members", 2): self = .members(parts[1])
        default: return nil
        }
    }

    /// The attribute of the dictionary behind it; nil for what follows from the rows themselves.
    func attribute(_ dictionary: AttributeDictionary) -> Attribute? {
        switch self {
        case .household(let name): dictionary.attributes[.household]?[name]
        case .head(let name), .members(let name?): dictionary.attributes[.person]?[name]
        case .area: dictionary.attributes[.household]?["area"]
        case .members(nil): nil
        }
    }

    /// The statement that feeds it, as questionnaires name it; nil for what nobody is asked for.
    var fedBy: String? {
        switch self {
        case .household("size"), .members(nil): nil
        case .household(let name): "household.\(name)"
        case .area: "household.area"
        case .head("age"), .members("age"?): "person.birth_date"
        case .head(let name), .members(let name?): "person.\(name)"
        }
    }
}

/// The columns of the current rows that attributes have, everything else lies in `extras`.
enum RegistryColumns {
    static let household: Set<String> = Set(HouseholdRow.plain + ["kind", "size"])
    static let person: Set<String> = Set(
        PersonRow.plain + ["role", "relationship", "recipient", "is_disabled", "birth_precision"])
    /// Computed here, although no attribute is stated for them.
    static let derived: Set<String> = ["age", "phones"]
}
