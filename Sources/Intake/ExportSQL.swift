import Foundation
import Postgres
import Registry
import Search

/// The reads of an export: keyset pages over an index, never an offset.
struct ExportSQL {
    private let area: Area?
    private let source: String?
    /// Conditions on the rows h, p of members, and p of people without a household.
    private var household: SQL = "TRUE"
    private var member: SQL = "TRUE"
    private var alone: SQL = "TRUE"
    private let isOfPlain: Bool
    private var isOfPeople = false
    private var isChosen = false

    /// - Throws: `RegistryFault.invalid` for a cohort that cannot be asked for.
    init(_ request: ExportRequest, _ searcher: Searcher) throws {
        (area, source) = (request.area, request.source)
        isOfPlain = request.isPlain
        guard let chosen = request.chosen else { return }
        (isOfPeople, isChosen) = (chosen.subject == .person, true)
        household = try searcher.condition(
            isOfPeople ? .member(chosen.query) : chosen.query, of: .household, row: "h", today: chosen.today)
        guard isOfPeople else {
            alone = "FALSE"
            return
        }
        alone = try searcher.condition(chosen.query, of: .person, row: "p", today: chosen.today)
        if !request.isOfHouseholds { member = alone }
    }

    private static let home: SQL = """
        h.id, COALESCE(h.area_order, 0), h.social_id, h.version, h.status, h.kind, h.size, h.residence, h.address,
        trim_scale(h.latitude)::text, trim_scale(h.longitude)::text, trim_scale(h.poverty_score)::text,
        h.poverty_score_type, h.consent_basis, h.consent_on::text, h.observed_on::text, h.due_on::text, h.extras,
        h.sealed, h.registered_at, h.updated_at
        """

    /// Where a page ended.
    struct Place {
        var order: Int32
        var id: UUID

        init(_ row: Row) throws {
            id = try row.get(0)
            order = try row.get(1)
        }
    }

    func households(after last: Place?, limit: Int) -> SQL {
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
            SELECT \(fragment: Self.home)
            FROM registry.household AS h
            WHERE \(fragment: isOfPlain ? "h.status = 'active'" : "h.status <> 'merged'") AND \(fragment: filter) AND \(fragment: household)
            ORDER BY \(fragment: order)
            LIMIT \(limit)
            """
    }

    /// Whether not everything is exported.
    var isPart: Bool { area != nil || isChosen }

    /// The household h, or somebody in it, is meant.
    var chosenHousehold: SQL { "\(fragment: within("h")) AND \(fragment: household)" }

    /// The person p is meant, or lives in a household that is.
    var chosenPerson: SQL {
        let own: SQL =
            !isChosen || isOfPeople
            ? alone
            : "EXISTS (SELECT FROM registry.household AS h WHERE h.id = p.household_id AND \(fragment: household))"
        return "\(fragment: within("p")) AND \(fragment: own)"
    }

    private func within(_ row: String) -> SQL {
        guard let area else { return "TRUE" }
        return "\(unchecked: row).area_order BETWEEN \(area.preorder) AND \(area.lastPreorder)"
    }

    /// Everybody who is meant, in the order of ids.
    func people(after last: UUID?, limit: Int) -> SQL {
        """
        SELECT \(fragment: Self.person)
        FROM registry.person AS p
        WHERE p.status <> 'merged' AND p.id > \(last ?? UUID.zero) AND \(fragment: chosenPerson)
        ORDER BY p.id
        LIMIT \(limit)
        """
    }

    /// The same of households.
    func allHouseholds(after last: UUID?, limit: Int) -> SQL {
        """
        SELECT \(fragment: Self.home)
        FROM registry.household AS h
        WHERE h.status <> 'merged' AND h.id > \(last ?? UUID.zero) AND \(fragment: chosenHousehold)
        ORDER BY h.id
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

    func members(of households: [UUID]) -> SQL {
        """
        SELECT \(fragment: Self.person)
        FROM registry.person AS p
        WHERE p.household_id = ANY(\(households)) AND \(fragment: member)
        ORDER BY p.household_id, p.role, p.id
        """
    }

    /// People without a household who are still themselves.
    func single(after last: UUID?, limit: Int) -> SQL {
        let within: SQL = area.map { "AND p.area_order BETWEEN \($0.preorder) AND \($0.lastPreorder)" } ?? ""
        return """
            SELECT \(fragment: Self.person)
            FROM registry.person AS p
            WHERE p.household_id IS NULL AND p.status <> 'merged' AND p.id > \(last ?? UUID.zero)
                \(fragment: within) AND \(fragment: alone)
            ORDER BY p.id
            LIMIT \(limit)
            """
    }
}

extension ExportSQL {
    /// The keys by which the source knows the households and their members, the newest; nil when none are asked for.
    func keys(of households: [UUID]) -> SQL? {
        guard let source else { return nil }
        return """
            SELECT DISTINCT ON (l.subject_id) l.subject_id, r.source_key
            FROM registry.link AS l
            JOIN registry.source_record AS r ON r.id = l.record_id
            WHERE l.subject_id = ANY(\(households) || ARRAY(
                    SELECT p.id FROM registry.person AS p WHERE p.household_id = ANY(\(households))))
                AND l.recorded_to = 'infinity' AND r.source = \(source)
                AND NOT starts_with(r.source_key, \(SourceRecord.reportPrefix))
            ORDER BY l.subject_id, r.recorded_at DESC, r.id DESC
            """
    }
}

extension UUID {
    static let zero: UUID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
