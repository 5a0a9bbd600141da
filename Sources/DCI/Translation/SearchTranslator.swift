import Documents
import Groundwork
package import Registry
package import Search

/// Turns DCI criteria into the registry's own query; what it does not know is refused, never ignored.
package struct SearchTranslator: Sendable {
    let finder: AttributeFinder
    let literals: LiteralReader

    package init(
        context: RegistryContext, time: CountryTime, numbers: [SubjectKind: String], householdTypes: Set<String>
    ) {
        finder = AttributeFinder(context.dictionary, householdTypes: householdTypes, numbers: numbers)
        literals = LiteralReader(context: context, time: time)
    }

    /// The filter of a query for one kind of subject.
    package func filter(_ query: DCIQuery, for subject: SubjectKind) throws(ItemRefusal) -> RegistryQuery {
        let condition: Condition =
            switch query {
            case .identifier(let type, let value):
                .compare(Condition.Comparison(attribute: type, relation: .equal, literals: [.string(value)]))
            case .condition(let condition): condition
            }
        let areas = literals.context.areas.index
        return folded(try resolved(condition, subject, areas), for: subject)
    }

    /// The order asked for.
    package func sort(_ terms: [SortTerm], for subject: SubjectKind) throws(ItemRefusal) -> [Sort] {
        var sorts: [Sort] = []
        for term in terms {
            let field: Field
            switch finder.meaning(of: term.attribute, for: subject) {
            case (subject, .field(let found))?: field = found
            // Only the registry's own number has an order; other identifiers are stored sealed.
            case (subject, .identifier(_, let type?))? where literals.isOwn(type): field = Field(subject, "social_id")
            default:
                throw ItemRefusal(
                    .sortInvalid,
                    "search_criteria.sort: \(subject.rawValue) records cannot be ordered by "
                        + "\(QueryReader.shown(term.attribute)).")
            }
            sorts.append(Sort(field, term.isDescending ? .descending : .ascending))
        }
        return sorts
    }

    // MARK: - Meaning

    /// A condition with every word understood: each leaf is about people or about households.
    private indirect enum Resolved {
        case everything
        case leaf(SubjectKind, RegistryQuery)
        case all([Resolved])
        case any([Resolved])
        case not(Resolved)

        /// The one kind of subject that all leaves are about; nil when they differ or there are none.
        var subject: SubjectKind? {
            switch self {
            case .everything: nil
            case .leaf(let subject, _): subject
            case .not(let inner): inner.subject
            case .all(let parts), .any(let parts):
                parts.first?.subject.flatMap { first in parts.allSatisfy { $0.subject == first } ? first : nil }
            }
        }

        var isNegative: Bool {
            if case .not = self { true } else { false }
        }
    }

    private func resolved(
        _ condition: Condition, _ subject: SubjectKind, _ areas: AreaIndex
    ) throws(ItemRefusal) -> Resolved {
        switch condition {
        case .everything: return .everything
        case .not(let inner): return .not(try resolved(inner, subject, areas))
        case .all(let parts): return .all(try resolved(parts, subject, areas))
        case .any(let parts): return .any(try resolved(parts, subject, areas))
        case .compare(let comparison): return try leaf(comparison, subject, areas)
        }
    }

    private func resolved(
        _ parts: [Condition], _ subject: SubjectKind, _ areas: AreaIndex
    ) throws(ItemRefusal) -> [Resolved] {
        var result: [Resolved] = []
        for part in parts { result.append(try resolved(part, subject, areas)) }
        return result
    }

    /// Prefixes that name whose attribute is meant, from the view of a group.
    private static let heads: [String] = ["group_head_info.", "head_info.", "household_head_info."]
    private static let members: [String] = ["member_list.", "household_member.", "member."]
    private static let groups: [String] = ["group.", "household."]

    private func leaf(
        _ comparison: Condition.Comparison, _ subject: SubjectKind, _ areas: AreaIndex
    ) throws(ItemRefusal) -> Resolved {
        let word = comparison.attribute
        if let (kind, meaning) = finder.meaning(of: word, for: subject) {
            return try leaf(meaning, kind, comparison, areas)
        }
        for prefix in Self.heads where word.hasPrefix(prefix) {
            let inner = try leaf(comparison.without(prefix), .person, areas)
            let head = RegistryQuery.compare(.person("role"), .eq, .text("head"))
            return .leaf(.person, .and([head, folded(inner, for: .person)]))
        }
        for prefix in Self.members where word.hasPrefix(prefix) {
            return .leaf(.person, folded(try leaf(comparison.without(prefix), .person, areas), for: .person))
        }
        for prefix in Self.groups where word.hasPrefix(prefix) {
            return .leaf(.household, folded(try leaf(comparison.without(prefix), .household, areas), for: .household))
        }
        throw ItemRefusal(
            .filterInvalid, "search_criteria.query: the attribute \(QueryReader.shown(word)) is not known.")
    }

    private func leaf(
        _ meaning: AttributeFinder.Meaning, _ kind: SubjectKind, _ comparison: Condition.Comparison, _ areas: AreaIndex
    ) throws(ItemRefusal) -> Resolved {
        switch meaning {
        case .field(let field): return .leaf(kind, try literals.query(field, comparison, areas))
        case .identifier(let holder, let type):
            return .leaf(holder, try spoken(comparison) { .identifier(type: type, value: $0) })
        case .phone: return .leaf(kind, try spoken(comparison) { .identifier(type: "PHONE", value: $0) })
        case .name: return .leaf(kind, try spoken(comparison) { .name($0) })
        }
    }

    /// Identifiers and names are found or not found; they have no order.
    private func spoken(
        _ comparison: Condition.Comparison, _ query: (String) -> RegistryQuery
    ) throws(ItemRefusal) -> RegistryQuery {
        guard comparison.relation == .equal || comparison.relation == .oneOf else {
            throw literals.refusal(comparison, "this attribute can be asked for with eq and in only")
        }
        var parts: [RegistryQuery] = []
        for literal in comparison.literals { parts.append(query(try literals.text(literal, comparison))) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    // MARK: - Across households and people

    /// The tree for one kind of subject.
    ///
    /// Conditions about members that stand together in one "and" mean one and the same member: a household with a girl
    /// under five, not one with a girl and somebody under five. A "not" that stands alone denies the whole condition:
    /// no member fits.
    private func folded(_ tree: Resolved, for subject: SubjectKind) -> RegistryQuery {
        switch tree {
        case .everything: return .everything
        case .leaf(let kind, let query): return kind == subject ? query : across(query, from: subject)
        case .not(let inner): return .not(folded(inner, for: subject))
        case .any(let parts): return .or(parts.map { folded($0, for: subject) })
        case .all(let parts):
            let other: SubjectKind = subject == .person ? .household : .person
            let foreign = parts.filter { $0.subject == other }
            guard foreign.count > 1, foreign.contains(where: { !$0.isNegative }) else {
                return .and(parts.map { folded($0, for: subject) })
            }
            let own = parts.filter { $0.subject != other }.map { folded($0, for: subject) }
            let together = across(.and(foreign.map { folded($0, for: other) }), from: subject)
            return own.isEmpty ? together : .and(own + [together])
        }
    }

    private func across(_ query: RegistryQuery, from subject: SubjectKind) -> RegistryQuery {
        subject == .household ? .member(query) : .household(query)
    }
}

extension Condition {
    /// Whether the condition can leave anybody out; an empty filter, however wrapped, cannot.
    package var restricts: Bool {
        switch self {
        case .everything: false
        case .compare, .not: true
        case .all(let parts): parts.contains(where: \.restricts)
        case .any(let parts): parts.allSatisfy(\.restricts)
        }
    }
}

extension Condition.Comparison {
    func without(_ prefix: String) -> Condition.Comparison {
        Condition.Comparison(
            attribute: String(attribute.dropFirst(prefix.count)), relation: relation, literals: literals)
    }
}
