package import Foundation
package import Groundwork

/// A human being in the registry; `ID<Person>` is the identity.
package enum Person {}
/// A household or another group of people; `ID<Household>` is the identity.
package enum Household {}
/// One statement of one source; `ID<SourceRecord>` is the identity.
package enum CommandTag {}
package typealias CommandID = ID<CommandTag>

/// What a source record, a link, an event or an identifier is about.
package enum SubjectKind: String, Sendable, CaseIterable {
    case person, household
}

/// One person or one household.
package struct Subject: Hashable, Sendable, Comparable {
    package var kind: SubjectKind
    package var id: UUID

    package init(_ kind: SubjectKind, _ id: UUID) {
        (self.kind, self.id) = (kind, id)
    }

    package static func person(_ id: ID<Person>) -> Subject { Subject(.person, id.rawValue) }
    package static func household(_ id: ID<Household>) -> Subject { Subject(.household, id.rawValue) }

    /// The order in which rows are locked, so that two commands never wait for each other in a circle.
    package static func < (left: Subject, right: Subject) -> Bool {
        if left.kind != right.kind { return left.kind == .household }
        return left.id.sortsBefore(right.id)
    }
}
