/// What is compared of two persons, in the order in which a waterfall tells it.
///
/// Each field has at most fifteen agreement levels, numbered from 0. The levels of a field exclude each other; a field for
/// which one side knows nothing has no level at all.
public enum MatchField: Int, Sendable, Hashable, CaseIterable {
    case given, family, order, birth, sex, phone, identifier, parents, place, address, household, rival

    /// Stands for “no evidence” where a level is expected.
    public static let missing: Int = 15

    /// Stable name, as in model files.
    public var name: String { "\(self)" }

    public init?(name: String) {
        guard let field = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = field
    }

    /// Codes of the levels by number.
    public var levels: [String] {
        switch self {
        case .given:
            ["equal", "sound", "part", "near", "near_part", "initial", "shared", "alike", "different"]
        case .family:
            ["equal", "sound", "part", "near", "near_part", "initial", "shared", "alike", "different", "crossed"]
        case .order: ["straight", "swapped", "one_field"]
        case .birth:
            [
                "equal", "swapped", "one_part", "other_year", "same_year", "near_year", "different",
                "year_equal", "year_1", "year_2", "year_5", "year_10", "year_different",
            ]
        case .sex: ["equal", "different"]
        case .phone: ["equal", "edit", "different"]
        case .identifier: ["equal", "edits", "conflict"]
        case .parents:
            [
                "both", "one_and_part", "one", "one_of_two", "parts", "single", "part", "part_of_two", "none_of_one",
                "none",
            ]
        case .place: ["same", "next", "second", "third", "far"]
        case .address: ["equal", "part", "most", "half", "some", "different"]
        case .household: ["strong", "good", "some", "none", "same_household"]
        case .rival: ["none", "close", "stronger"]
        }
    }

    /// Whether agreement on a rare value counts for more than agreement on a common one.
    public var hasRarity: Bool {
        switch self {
        case .given, .family, .birth, .phone, .identifier, .parents: true
        default: false
        }
    }

    /// Whether the field follows from the two records alone, without their households.
    public var isOwn: Bool { self != .household && self != .rival }
}

/// The agreement levels of one pair, four bits a field.
public struct MatchLevels: Sendable, Hashable {
    public var packed: UInt64

    public init(packed: UInt64) { self.packed = packed }

    /// No evidence in any field.
    public static let none: MatchLevels = MatchLevels(packed: .max)

    /// The level of a field; ``MatchField/missing`` when there is no evidence.
    public subscript(_ field: MatchField) -> Int {
        get { Int(packed >> (UInt64(field.rawValue) * 4) & 15) }
        set {
            let shift = UInt64(field.rawValue) * 4
            packed = packed & ~(15 << shift) | UInt64(newValue & 15) << shift
        }
    }

    public func has(_ field: MatchField) -> Bool { self[field] != MatchField.missing }
}

/// What comparing two persons found: a level for each field, and how rare that is on which they agree.
public struct MatchComparison: Sendable, Hashable {
    public var levels: MatchLevels
    /// −log2 of the share of persons who bear the agreeing value, for the fields that have rarity; 0 otherwise.
    var rarity = SIMD8<Float>(repeating: 0)

    init(levels: MatchLevels) { self.levels = levels }

    /// The place of a field in `rarity`.
    static func lane(_ field: MatchField) -> Int {
        switch field {
        case .given: 0
        case .family: 1
        case .birth: 2
        case .phone: 3
        case .identifier: 4
        case .parents: 5
        default: 7
        }
    }

    public func rarity(of field: MatchField) -> Double { field.hasRarity ? Double(rarity[Self.lane(field)]) : 0 }
}
