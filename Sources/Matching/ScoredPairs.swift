package import Documents
package import Foundation
import Groundwork
package import Linkage
import Postgres
import Registry

/// Two people who may be one, with the steps of the evidence.
package struct Suspicion: Sendable {
    package var low: UUID
    package var high: UUID
    package var bits: Double
    package var steps: [Waterfall.Step]
    var areaOrder: Int

    /// Field, level and bits of each step to the hundredth, which sum to the total as written.
    package var evidence: JSON { Self.evidence(steps) }

    static func evidence(_ steps: [Waterfall.Step]) -> JSON {
        // Each step is the difference of two rounded totals, so that what is shown adds up.
        var before = "0.00"
        var list: [JSON] = []
        for step in steps {
            let after = Bits.text(step.total)
            list.append([
                "field": .string(step.field?.name ?? "prior"), "level": .string(step.level),
                "bits": .string(Bits.difference(after, before)),
            ])
            before = after
        }
        return .array(list)
    }
}

extension Bits {
    /// The difference of two numbers of two decimals, exactly.
    static func difference(_ a: String, _ b: String) -> String {
        func cents(_ text: String) -> Int {
            let digits = text.filter { $0 != "." && $0 != "-" }
            return (Int(digits) ?? 0) * (text.hasPrefix("-") ? -1 : 1)
        }
        let rest = cents(a) - cents(b)
        let tail = abs(rest) % 100
        return (rest < 0 ? "-" : "") + "\(abs(rest) / 100).\(tail < 10 ? "0" : "")\(tail)"
    }
}

/// Writes suspicions into the queue, where what was decided stays decided.
enum PairStore {
    static func write(
        _ found: [Suspicion], origin: String, model: Int, policy: MatchPolicy, in tx: borrowing Transaction
    ) async throws {
        guard !found.isEmpty else { return }
        _ = try await tx.query(statement(found, state: .open, origin: origin, model: model, policy: policy))
    }

    /// Pairs in a state of their own; those that are known keep theirs.
    static func statement(
        _ found: [Suspicion], state: QueuedPair.State, origin: String, model: Int, policy: MatchPolicy
    ) -> SQL {
        let bits = found.map { Bits.text($0.bits) }
        let bands = found.map { policy.band($0.bits)?.rawValue ?? MatchPolicy.Band.review.rawValue }
        let ids = found.map { _ in UUIDv7.next() }
        let evidence = found.map { $0.evidence.text }
        return """
            INSERT INTO matching.pair (
                id, low_id, high_id, state, bits, band, evidence, model_version, origin, area_order)
            SELECT n.id, n.low, n.high, \(state.rawValue), n.bits::numeric, n.band, n.evidence::jsonb, \(Int32(model)), \(origin), n.place
            FROM unnest(
                \(ids)::uuid[], \(found.map(\.low))::uuid[], \(found.map(\.high))::uuid[], \(bits)::text[],
                \(bands)::text[], \(evidence)::text[], \(found.map { Int32($0.areaOrder) })::int[])
                AS n (id, low, high, bits, band, evidence, place)
            ON CONFLICT ON CONSTRAINT pair_once
            DO UPDATE SET bits = EXCLUDED.bits, band = EXCLUDED.band, evidence = EXCLUDED.evidence,
                area_order = EXCLUDED.area_order,
                model_version = EXCLUDED.model_version, updated_at = clock_timestamp()
            WHERE pair.state IN ('open', 'unsure')
                AND (pair.bits, pair.model_version) IS DISTINCT FROM (EXCLUDED.bits, EXCLUDED.model_version)
            """
    }

    /// Who stands in a pair with one of these people that nobody has decided.
    static func partners(of people: [UUID], in tx: borrowing Transaction) async throws -> Set<UUID> {
        let rows = try await tx.query(
            """
            SELECT high_id FROM matching.pair WHERE low_id = ANY(\(people)) AND state IN ('open', 'unsure')
            UNION
            SELECT low_id FROM matching.pair WHERE high_id = ANY(\(people)) AND state IN ('open', 'unsure')
            """)
        return try Set(rows.map { try $0.get(0, as: UUID.self) })
    }

    /// Takes open pairs of people away that were not found again.
    static func drop(of people: [UUID], except found: [Suspicion], in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            """
            DELETE FROM matching.pair AS p
            USING (
                SELECT id FROM matching.pair WHERE low_id = ANY(\(people))
                UNION
                SELECT id FROM matching.pair WHERE high_id = ANY(\(people))) AS o
            WHERE p.id = o.id AND p.state IN ('open', 'unsure') AND NOT EXISTS (
                SELECT FROM unnest(\(found.map(\.low))::uuid[], \(found.map(\.high))::uuid[]) AS f (low, high)
                WHERE f.low = p.low_id AND f.high = p.high_id)
            """)
    }
}
