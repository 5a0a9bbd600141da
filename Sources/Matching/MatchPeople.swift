import Documents
package import Foundation
import Groundwork
package import Linkage
import Postgres
package import Registry
import Synchronization

/// Somebody of the registry as matching sees him or her.
package struct MatchPerson: Sendable {
    package var id: UUID
    package var version: Int
    package var household: UUID?
    package var areaOrder: Int
    package var record: MatchRecord
}

/// Reads persons from the registry into records for matching. Sealed numbers are opened in memory and go nowhere else.
package struct MatchPeople: Sendable {
    let context: RegistryContext
    let policy: MatchPolicy
    private let areas: AreaIndex
    private let paths: Paths = Paths()

    package init(context: RegistryContext, policy: MatchPolicy) {
        (self.context, self.policy) = (context, policy)
        areas = context.areas.index
    }

    /// Who can be matched: everybody who has not been merged into another.
    private static let columns: SQL = """
        p.id, p.version, concat_ws(' ', p.given_name, p.further_names), COALESCE(p.family_name, p.maiden_name, ''),
        p.sex, p.birth_date, p.birth_precision, COALESCE(p.area_order, 0), p.household_id, p.role, p.relationship,
        p.sealed, COALESCE(h.address, ''), COALESCE(p.extras ->> 'father_name', ''),
        COALESCE(p.extras ->> 'mother_name', '')
        """

    /// Everybody in the order of the ids, after one.
    static func page(after id: UUID, limit: Int) -> SQL {
        """
        SELECT \(fragment: columns)
        FROM registry.person AS p
        LEFT JOIN registry.household AS h ON h.id = p.household_id
        WHERE p.status <> 'merged' AND p.id > \(id)
        ORDER BY p.id
        LIMIT \(limit)
        """
    }

    /// Whoever stands under no key yet, in the order of the ids, after one.
    static func unkeyed(after id: UUID, limit: Int) -> SQL {
        """
        SELECT \(fragment: columns)
        FROM registry.person AS p
        LEFT JOIN registry.household AS h ON h.id = p.household_id
        WHERE p.status <> 'merged' AND p.id > \(id)
            AND NOT EXISTS (SELECT 1 FROM matching.keyed_person AS k WHERE k.person_id = p.id)
        ORDER BY p.id
        LIMIT \(limit)
        """
    }

    static func those(_ ids: [UUID]) -> SQL {
        """
        SELECT \(fragment: columns)
        FROM registry.person AS p
        LEFT JOIN registry.household AS h ON h.id = p.household_id
        WHERE p.status <> 'merged' AND p.id = ANY(\(ids))
        ORDER BY p.id
        """
    }

    /// Members of households; at most 60 of one, so that a group of thousands stays bounded.
    static func members(of households: [UUID]) -> SQL {
        """
        SELECT \(fragment: columns)
        FROM unnest(\(households)::uuid[]) AS w (id)
        CROSS JOIN LATERAL (
            SELECT * FROM registry.person AS q WHERE q.household_id = w.id AND q.status <> 'merged' LIMIT 60) AS p
        LEFT JOIN registry.household AS h ON h.id = p.household_id
        """
    }

    func read(_ row: Row) throws -> MatchPerson {
        let household: UUID? = try row.get(8)
        var record = MatchRecord(
            given: try row.get(2), family: try row.get(3), sex: sex(try row.get(4)), father: try row.get(13),
            mother: try row.get(14), address: try row.get(12), household: household?.lowercased ?? "",
            role: role(try row.get(9), try row.get(10)))
        if let day: CalendarDate = try row.get(5) {
            let precision: String? = try row.get(6)
            record.birth = PartialDate(day, precision: precision.flatMap(PartialDate.Precision.init) ?? .day)
        }
        let order: Int32 = try row.get(7)
        record.places = places(areas.area(order: Int(order)))
        if let sealed: [UInt8] = try row.get(11) {
            take(try Contacts(opening: sealed, with: context.keys), into: &record)
        }
        return MatchPerson(
            id: try row.get(0), version: Int(try row.get(1, as: Int32.self)), household: household,
            areaOrder: Int(order), record: record)
    }

    /// Somebody who is described and not on record.
    ///
    /// - Parameters:
    ///   - claims: checked values by attribute.
    ///   - household: tells members of one draft from others.
    package func described(
        _ draft: PersonDraft, area: Area?, household: String = "", role: String? = nil, relationship: String? = nil
    ) -> MatchRecord {
        let claims = draft.claims
        func text(_ name: String) -> String { claims[name]?.string ?? "" }
        let names = [text("given_name"), text("further_names")].filter { !$0.isEmpty }
        var record = MatchRecord(
            given: names.joined(separator: " "),
            family: text("family_name").isEmpty ? text("maiden_name") : text("family_name"),
            sex: sex(context.dictionary.lists["sex"]?.code(for: text("sex"))?.code),
            father: text("father_name"), mother: text("mother_name"), household: household,
            role: self.role(
                role, relationship.flatMap { context.dictionary.lists["relationship"]?.code(for: $0)?.code }))
        if let written = claims["birth_date"] {
            let day = (written["date"]?.string ?? written.string).flatMap { PartialDate($0) }
            let precision = written["precision"]?.string.flatMap(PartialDate.Precision.init)
            record.birth = day.map { PartialDate($0.date, precision: precision ?? $0.precision) }
        }
        record.places = places(area ?? claims["area"]?.string.flatMap { areas.area($0) })
        take(draft.contacts, into: &record)
        return record
    }

    private func sex(_ code: String?) -> MatchRecord.Sex {
        switch code {
        case "female": .female
        case "male": .male
        default: .unknown
        }
    }

    private func role(_ role: String?, _ relationship: String?) -> MatchRecord.Role {
        if role == MemberRole.head.rawValue { return .head }
        guard let relationship else { return role == nil ? .unknown : .other }
        return policy.spouses.contains(relationship)
            ? .spouse : policy.children.contains(relationship) ? .child : .other
    }

    private func places(_ area: Area?) -> [String] {
        guard let area else { return [] }
        return paths.path(of: area, in: areas)
    }

    private func take(_ contacts: Contacts, into record: inout MatchRecord) {
        record.phones = contacts.phones ?? []
        record.identifiers = contacts.identifiers.map { MatchRecord.Identifier(type: $0.type, value: $0.value) }
    }
}

/// Paths of areas met so far, down to each.
private final class Paths: Sendable {
    private let known: Mutex<[Int: [String]]> = Mutex([:])

    func path(of area: Area, in areas: AreaIndex) -> [String] {
        if let path = known.withLock({ $0[area.id] }) { return path }
        let path = areas.path(to: area).suffix(8).map(\.reference)
        known.withLock { $0[area.id] = path }
        return path
    }
}
