package import Foundation
package import Groundwork
package import Registry

/// Which people or households are meant; every door's own language becomes this one closed tree.
///
/// Every condition is true or false, never unknown: a comparison with a missing value is false, whatever the comparison, and
/// `not` is the plain opposite of what it encloses. Merged subjects never fit; those that name one mean its survivor.
package indirect enum RegistryQuery: Sendable, Equatable {
    case everything
    case nothing
    case and([RegistryQuery])
    case or([RegistryQuery])
    case not(RegistryQuery)
    case compare(Field, Comparison, Value)
    case oneOf(Field, [Value])
    case isMissing(Field)
    /// An identifier or phone number in any spelling; without type, of any type. Types issued by the registry mean `social_id`.
    case identifier(type: String?, value: String)
    /// Two words of the text together are heard in the person's names, in any order and spelling; or its only word is.
    ///
    /// As one of the conditions that must hold, and without another order, it also ranks the answer by likeness.
    case name(String)
    /// Lives in one of the areas, given as preorder numbers; nobody without an area does.
    case within([ClosedRange<Int>])
    /// Households of which some open member fits.
    case member(RegistryQuery)
    /// Households of whose open members so many fit.
    case memberCount(RegistryQuery, Comparison, Decimal)
    /// Two attributes of the subject, both known.
    case compareFields(Field, Comparison, Field)
    /// Households of whose open members that fit the sum, or the average, of a number compares so; where it is known of none of
    /// them, never.
    case memberTotal(Field, isAverage: Bool, RegistryQuery, Comparison, Decimal)
    /// Households whose score in force, by the formula of that code, compares so.
    case score(formula: String, Comparison, Decimal)
    /// Households whose score in force lies in one of the classes.
    case scoreClass(formula: String, [String])
    /// Households that have a score in force, or one with a class.
    case scored(formula: String, hasClass: Bool)
    /// People whose household, that of the primary membership, fits.
    case household(RegistryQuery)
    /// Has an enrolment or benefit of the programme; with a status, one of that status.
    case participates(programme: String, status: String?)
    case subjects([UUID])
}

/// An attribute of people or households by its name in the profile's dictionary, or a derived one by its own.
package struct Field: Sendable, Hashable {
    package var subject: SubjectKind
    package var name: String

    package init(_ subject: SubjectKind, _ name: String) {
        (self.subject, self.name) = (subject, name)
    }

    package static func person(_ name: String) -> Field { Field(.person, name) }
    package static func household(_ name: String) -> Field { Field(.household, name) }
}

package enum Comparison: String, Sendable, CaseIterable {
    case eq, ne, lt, le, gt, ge
}

/// What an attribute is compared with; codes, areas and ids are texts.
package enum Value: Sendable, Equatable {
    case text(String)
    case number(Decimal)
    case date(CalendarDate)
    case instant(Date)
    case boolean(Bool)
}

package struct Sort: Sendable, Hashable {
    package enum Order: String, Sendable { case ascending, descending }

    package var field: Field
    package var order: Order

    package init(_ field: Field, _ order: Order = .ascending) {
        (self.field, self.order) = (field, order)
    }
}

extension RegistryQuery {
    /// Bounds that keep every query cheap to plan; beyond them the compiler answers with a finding.
    package enum Limits {
        package static let depth: Int = 24
        package static let conditions: Int = 300
        package static let values: Int = 1000
        /// Characters of one text.
        package static let text: Int = 200
        package static let ranges: Int = 5000
        package static let sorts: Int = 4
    }

    /// Both, flattened; `everything` adds nothing.
    package func and(_ other: RegistryQuery) -> RegistryQuery {
        switch (self, other) {
        case (.everything, let rest), (let rest, .everything): rest
        case (.and(let left), .and(let right)): .and(left + right)
        case (.and(let left), let right): .and(left + [right])
        case (let left, .and(let right)): .and([left] + right)
        default: .and([self, other])
        }
    }

    /// The conditions that must all hold.
    var conjuncts: [RegistryQuery] {
        if case .and(let parts) = self { parts.flatMap(\.conjuncts) } else { [self] }
    }
}
