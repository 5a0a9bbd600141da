public import Groundwork

/// What matching may know of one person, as written in one place; everything may be missing.
///
/// A missing value is no evidence, neither for nor against. Texts are given as written: reading them is the work of
/// ``PopulationBuilder``.
public struct MatchRecord: Sendable, Hashable {
    /// The place of a person within his or her household, as far as it tells who is whose parent.
    public enum Role: UInt8, Sendable, Hashable, CaseIterable {
        case unknown, head, spouse, child, other
    }

    public enum Sex: UInt8, Sendable, Hashable, CaseIterable {
        case unknown, female, male
    }

    /// A number by which an authority knows the person.
    public struct Identifier: Sendable, Hashable {
        /// Identifiers are compared within one type only, e.g. `NATIONAL_ID`.
        public var type: String
        /// Signs other than letters and digits, and the case of letters, do not matter.
        public var value: String
        /// False when its check digits are wrong: it may still agree, but its disagreement is a slip and no evidence.
        public var isSound: Bool

        public init(type: String, value: String, isSound: Bool = true) {
            (self.type, self.value, self.isSound) = (type, value, isSound)
        }
    }

    /// Phones and identifiers beyond these many are not compared; nobody is registered with more.
    public static let mostPhones: Int = 10
    public static let mostIdentifiers: Int = 20

    /// All given names, in any order.
    public var given: String
    /// The family name, or the name that is not given at baptism.
    public var family: String
    public var sex: Sex
    /// 1 January of a ``PartialDate`` with precision `day` is read as a year: that is how unknown days are written.
    public var birth: PartialDate?
    public var father: String
    public var mother: String
    /// Numbers as written; their last eight digits are compared.
    public var phones: [String]
    public var identifiers: [Identifier]
    /// Codes or names of areas from the widest to the narrowest; at most eight.
    public var places: [String]
    /// Street and house, or whatever lies below the narrowest area.
    public var address: String
    /// The form or household on which the record stands: two lines of one form are rarely one person.
    public var household: String
    public var role: Role

    public init(
        given: String = "", family: String = "", sex: Sex = .unknown, birth: PartialDate? = nil, father: String = "",
        mother: String = "", phones: [String] = [], identifiers: [Identifier] = [], places: [String] = [],
        address: String = "", household: String = "", role: Role = .unknown
    ) {
        (self.given, self.family, self.sex, self.birth) = (given, family, sex, birth)
        (self.father, self.mother, self.phones, self.identifiers) = (father, mother, phones, identifiers)
        (self.places, self.address, self.household, self.role) = (places, address, household, role)
    }
}
