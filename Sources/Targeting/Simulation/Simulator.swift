package import Documents
import Foundation
import Groundwork
package import Postgres
import Registry
import Scorecards

/// What a choice would mean: how many, whom, where and at what cost, from the scores that are stored; nothing is changed.
package struct Simulator: Sendable {
    let formulas: Formulas

    package init(_ formulas: Formulas) {
        self.formulas = formulas
    }

    private struct Line {
        var households = 0
        var chosen = 0
        var people = 0
        var chosenPeople = 0
        var entering = 0
        var leaving = 0

        func json(_ benefit: Int?, compares: Bool) -> JSONObject {
            var object: JSONObject = [
                "households": .number(JSONNumber(households)), "chosen": .number(JSONNumber(chosen)),
                "people": .number(JSONNumber(people)), "chosen_people": .number(JSONNumber(chosenPeople)),
                "coverage": .string(DryRun.share(chosen, of: households)),
                "coverage_people": .string(DryRun.share(chosenPeople, of: people)),
            ]
            if let benefit { object["cost_minor"] = .number(JSONNumber(chosen * benefit)) }
            if compares {
                object["entering"] = .number(JSONNumber(entering))
                object["leaving"] = .number(JSONNumber(leaving))
            }
            return object
        }
    }

    /// Totals, and the same by area and group; with another choice, who enters and who leaves.
    ///
    /// - Throws: `.formulaNotFound`, `.invalid` for an area or level that is not known.
    package func run(
        _ request: SimulationRequest, in tx: borrowing Transaction
    ) async throws(TargetingFault) -> JSONObject {
        let index = formulas.context.areas.index
        var outer: Area?
        if let code = request.area {
            guard let found = index.area(code) else {
                throw .invalid([
                    Finding("area", code: "area.unknown", "No area has the code \(code); see /api/v1/areas.")
                ])
            }
            outer = found
        }
        if let level = request.level, !index.levels.contains(where: { $0.level == level }) {
            throw .invalid([
                Finding(
                    "level", code: "area.level",
                    "The division has no level \(level); known are \(index.levels.map { "\($0.level) \($0.name)" }.joined(separator: ", "))."
                )
            ])
        }
        do {
            let one = try await formulas.find(request.choice.formula, version: request.choice.version, in: tx)
            var other: StoredFormula?
            if let against = request.against {
                other = try await formulas.find(against.formula, version: against.version, in: tx)
            }
            let buckets = request.level.map { AreaBuckets(index, level: $0, within: outer) }
            let rows = try await tx.query(all: [
                "SET LOCAL work_mem = '256MB'", "SET LOCAL jit = off",
                question(request, one, other, outer, buckets),
                """
                SELECT count(*) FROM targeting.current_score AS c
                JOIN registry.household AS h ON h.id = c.household_id
                WHERE c.formula_id = \(one.id) AND h.status = 'active' AND c.score IS NULL \(fragment: Self.within(outer))
                """,
            ])
            return try answer(
                rows[2], unscorable: Int(rows[3].first?.get(0, as: Int64.self) ?? 0), request, one, other, buckets)
        } catch {
            throw TargetingFault(any: error)
        }
    }

    private static func within(_ area: Area?) -> SQL {
        guard let area else { return "" }
        return "AND h.area_order BETWEEN \(Int32(area.preorder)) AND \(Int32(area.lastPreorder))"
    }

    /// Every scored household with whether it is chosen.
    private static func chosen(_ choice: SimulatedChoice, _ stored: StoredFormula, _ area: Area?, _ benefit: Int?)
        -> SQL
    {
        let isLower = stored.formula.poorer == .lower
        var order: SQL = isLower ? "c.score ASC" : "c.score DESC"
        for rule in stored.formula.tieBreak {
            switch rule {
            case .largerHousehold: order += ", h.size DESC"
            case .earlierRegistered: order += ", h.registered_at::date"
            case .household: break
            }
        }
        order += ", c.household_id"
        let fits: SQL
        switch choice.rule {
        case .cutOff(let score):
            fits = "c.score \(unchecked: isLower ? "<=" : ">=") \(score.description)::numeric"
        case .coverage(let share):
            fits = """
                row_number() OVER (ORDER BY \(fragment: order)) <= ceil(count(*) OVER () * \(share.description)::numeric)
                """
        case .places(let places): fits = "row_number() OVER (ORDER BY \(fragment: order)) <= \(Int64(places))"
        case .budget(let minor):
            fits = "row_number() OVER (ORDER BY \(fragment: order)) <= \(Int64(minor / max(1, benefit ?? 1)))"
        }
        return """
            SELECT c.household_id, c.score, h.area_order, c.stratum, h.size, \(fragment: fits) AS chosen
            FROM targeting.current_score AS c
            JOIN registry.household AS h ON h.id = c.household_id
            WHERE c.formula_id = \(stored.id) AND h.status = 'active' AND c.score IS NOT NULL \(fragment: within(area))
            """
    }

    private func question(
        _ request: SimulationRequest, _ one: StoredFormula, _ other: StoredFormula?, _ area: Area?,
        _ buckets: AreaBuckets?
    ) -> SQL {
        let rival: SQL
        if let other, let against = request.against {
            rival = Self.chosen(against, other, area, request.benefitMinor)
        } else {
            rival = """
                SELECT NULL::uuid AS household_id, NULL::integer AS area_order, NULL::text AS stratum, NULL::integer AS size,
                    false AS chosen
                WHERE false
                """
        }
        let edge: SQL = one.formula.poorer == .lower ? "max" : "min"
        return """
            WITH one AS MATERIALIZED (
                \(fragment: Self.chosen(request.choice, one, area, request.benefitMinor))
            ), other AS MATERIALIZED (
                \(fragment: rival)
            ), pairs AS (
                SELECT \(fragment: buckets?.bucket("coalesce(o.area_order, r.area_order)") ?? "NULL::integer") AS bucket,
                    coalesce(o.stratum, r.stratum) AS stratum,
                    CASE WHEN coalesce(o.size, r.size) < 2 THEN '1' WHEN coalesce(o.size, r.size) < 5 THEN '2-4'
                        WHEN coalesce(o.size, r.size) < 8 THEN '5-7' ELSE '8+' END AS members,
                    coalesce(o.size, r.size) AS size, coalesce(o.chosen, false) AS chosen,
                    coalesce(r.chosen, false) AS before, o.score, o.household_id IS NOT NULL AS scored
                FROM one AS o
                FULL JOIN other AS r ON r.household_id = o.household_id
            )
            SELECT grouping(bucket, stratum, members), bucket, stratum, members, count(*) FILTER (WHERE scored),
                count(*) FILTER (WHERE chosen), coalesce(sum(size) FILTER (WHERE scored), 0),
                coalesce(sum(size) FILTER (WHERE chosen), 0), count(*) FILTER (WHERE chosen AND NOT before),
                count(*) FILTER (WHERE before AND NOT chosen), (\(fragment: edge)(score) FILTER (WHERE chosen))::text
            FROM pairs
            GROUP BY GROUPING SETS ((), (bucket), (stratum), (members))
            ORDER BY 1, 2, 3, 4
            """
    }

    /// The bits that PostgreSQL's grouping() sets for what is summed over.
    private enum Grouping: Int32 {
        case all = 7
        case area = 3
        case stratum = 5
        case members = 6
    }

    private func answer(
        _ rows: Rows, unscorable: Int, _ request: SimulationRequest, _ one: StoredFormula, _ other: StoredFormula?,
        _ buckets: AreaBuckets?
    ) throws -> JSONObject {
        func name(_ formula: StoredFormula) -> JSON {
            [
                "code": .string(formula.formula.code), "version": .number(JSONNumber(formula.formula.version)),
                "state": .string(formula.state.rawValue),
            ]
        }
        var object: JSONObject = ["formula": name(one), "unscorable": .number(JSONNumber(unscorable))]
        if let other { object["against"] = name(other) }
        var (areas, strata, members): ([JSON], [JSON], [JSON]) = ([], [], [])
        for row in rows {
            let line = Line(
                households: Int(try row.get(4, as: Int64.self)), chosen: Int(try row.get(5, as: Int64.self)),
                people: Int(try row.get(6, as: Int64.self)), chosenPeople: Int(try row.get(7, as: Int64.self)),
                entering: Int(try row.get(8, as: Int64.self)), leaving: Int(try row.get(9, as: Int64.self)))
            var json = line.json(request.benefitMinor, compares: other != nil)
            switch Grouping(rawValue: try row.get(0)) {
            case .all:
                json["last_score"] = try row.get(10, as: String?.self).map { .string($0) } ?? .null
                object["total"] = .object(json)
            case .area:
                guard let buckets else { continue }
                let area = buckets[try row.get(1, as: Int32?.self).map { Int($0) }]
                json["area"] = area.map { .string($0.code) } ?? .null
                json["name"] = area.map { .string($0.name) } ?? .null
                areas.append(.object(json))
            case .stratum:
                json["stratum"] = try row.get(2, as: String?.self).map { .string($0) } ?? .null
                strata.append(.object(json))
            case .members:
                json["members"] = try row.get(3, as: String?.self).map { .string($0) } ?? .null
                members.append(.object(json))
            case nil: break
            }
        }
        object["strata"] = .array(strata)
        object["household_sizes"] = .array(members)
        if buckets != nil { object["areas"] = .array(areas) }
        return object
    }
}
