import Documents
package import Foundation
package import Groundwork
package import Postgres

/// Somebody new of a command, as far as it matters to who he or she may be already.
package struct Newcomer: Sendable {
    package var draft: PersonDraft
    /// Code or `geography:code` of where the household lives that is registered in the same command.
    package var area: String?
    /// The household on record that the person joins.
    package var household: ID<Household>?
    package var role: MemberRole?
    package var relationship: String?
    /// The place among the members of the request; nil where there is one person only.
    package var member: Int?
}

/// Looks at people before they are registered, on whichever way they come; the composition root supplies who does.
package protocol RegistrationWatch: Sendable {
    /// Lets new people pass, or refuses them because they may be on record already.
    ///
    /// Asked within the transaction of the registration, so that of two at once the second sees the first.
    ///
    /// - Parameter others: people whom the sender was told of and holds to be others.
    /// - Returns: what makes them known to whoever comes next, written in the same transaction; its argument are the ids of
    ///   the newcomers in their order.
    /// - Throws: `.suspected`.
    func admit(
        _ newcomers: [Newcomer], others: Set<UUID>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (@Sendable ([UUID]) -> [SQL])?
}

extension Command {
    /// The people that the command would bring in, in the order in which it makes them.
    package var newcomers: [Newcomer] {
        switch self {
        case .registerPerson(let draft): return [Newcomer(draft: draft)]
        case .recordBirth(let birth):
            return [
                Newcomer(
                    draft: birth.child, household: birth.household, role: birth.household == nil ? nil : .member,
                    relationship: birth.relationship)
            ]
        case .addMember(let household, let member):
            guard case .new(let draft) = member.who else { return [] }
            return [
                Newcomer(draft: draft, household: household, role: member.role, relationship: member.relationship)
            ]
        case .registerHousehold(let household):
            let area = household.claims["area"]?.string
            return household.members.enumerated().compactMap { place, member in
                guard case .new(let draft) = member.who else { return nil }
                return Newcomer(
                    draft: draft, area: area, role: member.role, relationship: member.relationship, member: place)
            }
        default: return []
        }
    }
}
