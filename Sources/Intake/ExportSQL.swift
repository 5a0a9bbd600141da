import Foundation
import Postgres
import Registry

/// The reads of an export: keyset pages over an index, never an offset.
enum ExportSQL {
    /// Where a page ended.
    struct Place {
        var order: Int32
        var id: UUID

        init(_ row: Row) throws {
            id = try row.get(0)
            order = try row.get(1)
        }
    }

    static func households(after last: Place?, area: Area?, limit: Int) -> SQL {
        let filter: SQL
        let order: SQL
        if let area {
            filter = """
                h.area_order BETWEEN \(area.preorder) AND \(area.lastPreorder)
                AND (h.area_order, h.id) > (\(last?.order ?? -1), \(last?.id ?? UUID.zero))
                """
            order = "h.area_order, h.id"
        } else {
            filter = "h.id > \(last?.id ?? UUID.zero)"
            order = "h.id"
        }
        return """
            SELECT h.id, COALESCE(h.area_order, 0), h.social_id, h.version, h.status, h.kind, h.size, h.residence, h.address,
                trim_scale(h.latitude)::text, trim_scale(h.longitude)::text, trim_scale(h.poverty_score)::text,
                h.poverty_score_type, h.consent_basis, h.consent_on::text, h.observed_on::text, h.due_on::text, h.extras,
                h.sealed, h.registered_at, h.updated_at
            FROM registry.household AS h
            WHERE h.status = 'active' AND \(fragment: filter)
            ORDER BY \(fragment: order)
            LIMIT \(limit)
            """
    }

    private static let person: SQL = """
        p.id, COALESCE(p.area_order, 0), p.household_id, p.social_id, p.version, p.status, p.role, p.relationship,
        p.recipient, p.given_name, p.further_names, p.family_name, p.maiden_name, p.sex, p.birth_date, p.birth_precision,
        p.death_date::text, p.civil_status, p.education, p.occupation, p.employment, p.displacement, p.wg_seeing,
        p.wg_hearing, p.wg_walking, p.wg_remembering, p.wg_self_care, p.wg_communicating, p.consent_basis,
        p.consent_on::text, p.observed_on::text, p.due_on::text, p.languages, p.flags, p.extras, p.sealed,
        p.registered_at, p.updated_at
        """

    static func members(of households: [UUID]) -> SQL {
        """
        SELECT \(fragment: person)
        FROM registry.person AS p
        WHERE p.household_id = ANY(\(households))
        ORDER BY p.household_id, p.role, p.id
        """
    }

    /// People without a household who are still themselves.
    static func single(after last: UUID?, area: Area?, limit: Int) -> SQL {
        let within: SQL = area.map { "AND p.area_order BETWEEN \($0.preorder) AND \($0.lastPreorder)" } ?? ""
        return """
            SELECT \(fragment: person)
            FROM registry.person AS p
            WHERE p.household_id IS NULL AND p.status <> 'merged' AND p.id > \(last ?? UUID.zero)
                \(fragment: within)
            ORDER BY p.id
            LIMIT \(limit)
            """
    }
}

extension UUID {
    static let zero: UUID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
