import Groundwork

/// Somebody of the made-up country as he or she really is, before anybody writes it down.
struct TruePerson: Sendable {
    enum Kin: Sendable {
        case head, spouse, child, parent, sibling, grandchild, niece, other, unrelated
    }

    /// Number of the household in which he or she lives, and the place there: the true identity.
    var household: Int
    var member: Int
    var kin: Kin
    var isMale: Bool
    /// One to three given names.
    var given: [String]
    var family: String
    var maiden: String?
    var birth: CalendarDate
    var isMarried: Bool
    var nationalID: String?
    var birthNumber: String?
    var phone: String?
    /// Washington Group levels 1 to 4 by domain; nil where nothing is difficult.
    var difficulties: [Int]?
    var isDisplaced: Bool
    /// 0 to 1: how far in the list of schooling.
    var schooling: Double

    /// `T12-3`, as in truth.csv.
    var identity: String { "T\(household)-\(member)" }
}

/// A household as it really is.
struct TrueHousehold: Sendable {
    var number: Int
    var place: Int
    /// Latent living standard: 0 on average, larger is richer.
    var welfare: Double
    var isUrban: Bool
    var isCamp: Bool
    var isHost: Bool
    var members: [TruePerson]
}
