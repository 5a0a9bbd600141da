public import Foundation
public import Groundwork

/// What a rule may speak of: the attributes of households and of their members, with their types.
public struct RuleSchema: Sendable {
    public enum Kind: Sendable, Hashable {
        case number
        case text
        /// One code; nil where any text may stand.
        case code([String]?)
        /// Several codes.
        case codes([String]?)
        case flag
        case date

        /// As people say it.
        public var words: String {
            switch self {
            case .number: "a number"
            case .text: "a text"
            case .code: "a code"
            case .codes: "a list of codes"
            case .flag: "true or false"
            case .date: "a date"
            }
        }
    }

    public struct Attribute: Sendable, Hashable {
        public var kind: Kind
        public var canBeMissing: Bool

        public init(_ kind: Kind, canBeMissing: Bool = true) {
            (self.kind, self.canBeMissing) = (kind, canBeMissing)
        }
    }

    public var household: [String: Attribute]
    public var member: [String: Attribute]
    /// Formulas by whose latest score a rule may ask, each with the codes of its classes.
    public var formulas: [String: [String]]

    public init(
        household: [String: Attribute], member: [String: Attribute], formulas: [String: [String]] = [:]
    ) {
        (self.household, self.member, self.formulas) = (household, member, formulas)
    }
}

/// A value in a rule, or of an attribute.
public enum RuleValue: Sendable, Hashable {
    case number(Decimal)
    case text(String)
    case codes([String])
    case flag(Bool)
    case date(CalendarDate)
    /// There is something, but not of the attribute's type: it is not missing, and no comparison with it holds.
    case unreadable
}

/// One household in memory with all that a rule may ask of it; what is not there is missing.
public struct RuleRecord: Sendable {
    public struct Enrolment: Sendable, Hashable {
        public var programme: String
        public var status: String?

        public init(programme: String, status: String?) {
            (self.programme, self.status) = (programme, status)
        }
    }

    /// The latest score by one formula; a household that could not be scored has none.
    public struct Score: Sendable, Hashable {
        public var value: Decimal
        public var classCode: String?

        public init(_ value: Decimal, classCode: String? = nil) {
            (self.value, self.classCode) = (value, classCode)
        }
    }

    public struct Member: Sendable {
        public var values: [String: RuleValue]
        public var enrolments: [Enrolment]

        public init(values: [String: RuleValue], enrolments: [Enrolment] = []) {
            (self.values, self.enrolments) = (values, enrolments)
        }
    }

    public var values: [String: RuleValue]
    public var members: [Member]
    public var enrolments: [Enrolment]
    /// The codes of its area and of all that this lies in.
    public var areas: Set<String>
    /// By code of the formula.
    public var scores: [String: Score]

    public init(
        values: [String: RuleValue], members: [Member], enrolments: [Enrolment] = [], areas: Set<String> = [],
        scores: [String: Score] = [:]
    ) {
        (self.values, self.members, self.enrolments, self.areas) = (values, members, enrolments, areas)
        self.scores = scores
    }
}

/// A condition that was checked: closed, typed, ready to be compiled.
public indirect enum RuleCondition: Sendable, Hashable {
    public enum Relation: String, Sendable, CaseIterable {
        case eq, ne, lt, le, gt, ge

        init?(_ sign: String) {
            switch sign {
            case "==": self = .eq
            case "!=": self = .ne
            case "<": self = .lt
            case "<=": self = .le
            case ">": self = .gt
            case ">=": self = .ge
            default: return nil
            }
        }

        /// With the sides exchanged.
        var mirrored: Relation {
            switch self {
            case .eq: .eq
            case .ne: .ne
            case .lt: .gt
            case .le: .ge
            case .gt: .lt
            case .ge: .le
            }
        }
    }

    /// An attribute of the household or, within a condition on members, of the member.
    public struct Attribute: Sendable, Hashable {
        public var ofMember: Bool
        public var name: String
    }

    case constant(Bool)
    case all([RuleCondition])
    case any([RuleCondition])
    case not(RuleCondition)
    case compare(Attribute, Relation, RuleValue)
    case oneOf(Attribute, [RuleValue])
    case missing(Attribute)
    /// Completed years on a day.
    case ageOn(Attribute, CalendarDate, Relation, Decimal)
    /// So many members fit.
    case count(RuleCondition, Relation, Decimal)
    case someMember(RuleCondition)
    /// Two attributes of the same subject.
    case compareAttributes(Attribute, Relation, Attribute)
    /// The sum or average of a number over the members that fit and of whom it is known; false where it is known of nobody.
    case total(Attribute, isAverage: Bool, RuleCondition, Relation, Decimal)
    /// The latest score by the formula; false where there is none.
    case score(String, Relation, Decimal)
    /// The latest score by the formula lies in one of the classes.
    case scoreClass(String, [String])
    /// There is a score by the formula, or one with a class.
    case scored(String, hasClass: Bool)
    /// The household lives in the area or below it.
    case inArea(String, RulePosition)
    /// The household, or within a condition on members the member.
    case enrolled(ofMember: Bool, programme: String, status: String?)
}
