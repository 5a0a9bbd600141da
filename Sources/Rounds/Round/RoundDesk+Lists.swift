package import Foundation
import Groundwork
package import Postgres
package import Printing
package import Registry

/// A household as a round lists it.
package struct RoundEntry: Sendable {
    package var household: UUID
    package var socialID: String
    /// The area of the quota.
    package var area: Int
    package var state: Standing
    package var reason: String?
    package var members: Int
    /// An exact decimal; nil without a score.
    package var score: String?
    package var classCode: String?
    package var group: String?
    package var rank: Int?
    package var turn: Int?
    /// Name of the head; only on lists for communities.
    package var head: String?
}

extension RoundDesk {
    /// Households of a round by area and rank, a page at a time.
    ///
    /// - Parameter after: the last household of the page before.
    package func entries(
        _ round: Round, state: Standing?, area: Area?, after: UUID?, limit: Int, in tx: borrowing Transaction
    ) async throws -> [RoundEntry] {
        let rows = try await tx.query(
            """
            SELECT \(fragment: Self.entryColumns), NULL
            FROM targeting.round_household AS e
            JOIN registry.household AS h ON h.id = e.household_id
            WHERE e.round_id = \(round.id)
              AND (\(state?.rawValue)::text IS NULL OR e.state = \(state?.rawValue))
              AND (\(area == nil)
                OR e.area_order BETWEEN \(Int32(area?.preorder ?? 0)) AND \(Int32(area?.lastPreorder ?? 0))
                OR e.area_id IN (
                    SELECT q.area_id FROM targeting.quota AS q
                    WHERE q.round_id = \(round.id)
                      AND q.area_order BETWEEN \(Int32(area?.preorder ?? 0)) AND \(Int32(area?.lastPreorder ?? 0))))
              AND (\(after)::uuid IS NULL OR e.household_id > \(after))
            ORDER BY e.household_id
            LIMIT \(limit)
            """)
        return try rows.map(Self.entry)
    }

    private static let entryColumns: SQL = """
        e.household_id, h.social_id, e.area_id, e.state, e.reason, e.members, e.score::text, e.class, e.group_code, e.rank,
        e.turn
        """

    private static func entry(_ row: Row) throws -> RoundEntry {
        RoundEntry(
            household: try row.get(0), socialID: try row.get(1), area: Int(try row.get(2, as: Int32.self)),
            state: Standing(rawValue: try row.get(3)) ?? .surveyed, reason: try row.get(4),
            members: Int(try row.get(5, as: Int32.self)), score: try row.get(6), classCode: try row.get(7),
            group: try row.get(8), rank: try row.get(9, as: Int32?.self).map { Int($0) },
            turn: try row.get(10, as: Int32?.self).map { Int($0) }, head: try row.get(11))
    }

    /// Most areas that one document holds.
    package static let printedAreas: Int = 300

    /// The lists for communities: for each area of a quota within `area` those chosen by name, and those waiting in their order.
    ///
    /// They hold social id, name of the head and members, and neither score nor rank: a community says who is in need, and does
    /// not read what was computed.
    /// - Returns: the document, and the households that stand in it.
    package func printed(
        _ code: String, within area: Area, language: String?, fonts: PrintFonts, in tx: borrowing Transaction
    ) async throws -> (bytes: [UInt8], households: [UUID]) {
        let round = try await find(code, in: tx)
        let states: [RoundState] = [.ranked, .communityValidation, .published, .appeals, .closed]
        guard states.contains(round.state) else {
            throw RoundsFault.outOfOrder(state: round.state.rawValue, possible: states.map(\.rawValue))
        }
        let found = try await tx.query(
            """
            SELECT area_id FROM targeting.quota
            WHERE round_id = \(round.id) AND area_order BETWEEN \(Int32(area.preorder)) AND \(Int32(area.lastPreorder))
            ORDER BY area_order
            """)
        let areas = try found.map { Int(try $0.get(0, as: Int32.self)) }
        guard !areas.isEmpty, areas.count <= Self.printedAreas else {
            throw RoundsFault.invalid([
                Finding(
                    "area", code: "rounds.printed_areas",
                    areas.isEmpty
                        ? "\(area.name) holds no area with a quota in this round."
                        : "\(area.name) holds \(areas.count) lists; name an area with at most \(Self.printedAreas).")
            ])
        }
        let lists = try await listed(round, areas, in: tx)
        let words = language ?? policy.language
        let bytes = try CommunityList(round: round, policy: policy, language: words, index: context.areas.index)
            .print(areas.compactMap { id in context.areas.index[id].map { ($0, lists[id] ?? []) } }, fonts: fonts)
        return (bytes, areas.flatMap { lists[$0] ?? [] }.map(\.household))
    }
    /// Those on the list of each area: the chosen by the name of their head, so that the paper tells nobody's rank, then those who
    /// wait in their turn.
    func listed(
        _ round: Round, _ areas: [Int], in tx: borrowing Transaction
    ) async throws -> [Int: [RoundEntry]] {
        let rows = try await tx.query(
            """
            SELECT \(fragment: Self.entryColumns), concat_ws(' ', p.given_name, p.further_names, p.family_name) AS head
            FROM targeting.round_household AS e
            JOIN registry.household AS h ON h.id = e.household_id AND h.status = 'active'
            LEFT JOIN registry.person AS p ON p.id = h.head_id
            WHERE e.round_id = \(round.id) AND e.area_id = ANY(\(areas.map { Int32($0) }))
              AND e.state IN ('selected', 'validated', 'candidate', 'waiting')
            ORDER BY e.area_id, e.state = 'waiting', e.turn, head, e.household_id
            """)
        var lists: [Int: [RoundEntry]] = [:]
        for row in rows {
            let entry = try Self.entry(row)
            lists[entry.area, default: []].append(entry)
        }
        return lists
    }
}
