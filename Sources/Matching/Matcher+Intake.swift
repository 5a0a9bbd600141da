package import Documents
package import Foundation
import Groundwork
import Linkage
package import Postgres
package import Registry

/// Nobody is registered on any way before it was looked up who he or she may be already.
extension Matcher: RegistrationWatch {
    package func admit(
        _ newcomers: [Newcomer], others: Set<UUID>, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (@Sendable ([UUID]) -> [SQL])? {
        // More than a household may have are refused by the registrar, before anybody is looked up.
        guard policy.intake == .refuse, newcomers.count <= HouseholdDraft.mostMembers else { return nil }
        do {
            // Without a model nothing is known of likeness; the first run over all finds what came in before.
            guard let model = try await models.active(in: tx) else { return nil }
            let records = try await described(newcomers, in: tx)
            let made = Self.keys(of: records, context: context, model: model)
            // Of two who are registered at once the second waits here, and sees the first from the next statement on.
            _ = try await tx.query(all: IntakeLocks.statements(of: made))
            let hits = try await hits(
                records, others: others, least: policy.intakeBits, model: model, in: tx)
            let suspects = hits.filter { !others.contains($0.person.id) }
            guard suspects.isEmpty else {
                throw RegistryFault.suspected(
                    suspects.prefix(Self.shown).map { hit in
                        var object = hit.json(grade(hit, among: hits))
                        if let member = newcomers[hit.asked].member { object["member"] = .number(JSONNumber(member)) }
                        return .object(object)
                    })
            }
            return Self.welcome(
                made.map(MatchKeys(context: context, model: model).kept), overridden: hits, model: model.version,
                policy: policy, actor: tx.mandate.actor)
        } catch let fault as RegistryFault {
            throw fault
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("a stored value of matching cannot be read")
        }
    }

    /// Suspects named in one answer.
    private static let shown = 4000

    private func described(_ newcomers: [Newcomer], in tx: borrowing Transaction) async throws -> [MatchRecord] {
        let reader = MatchPeople(context: context, policy: policy)
        var homes: [UUID: Int] = [:]
        let joined = newcomers.compactMap { $0.household?.rawValue }
        if !joined.isEmpty {
            for row in try await tx.query(
                "SELECT id, COALESCE(area_order, 0) FROM registry.household WHERE id = ANY(\(joined))")
            { homes[try row.get(0)] = Int(try row.get(1, as: Int32.self)) }
        }
        return newcomers.map { newcomer in
            let index = context.areas.index
            var area = newcomer.area.flatMap { index.area($0) }
            if let order = newcomer.household.flatMap({ homes[$0.rawValue] }) { area = index.area(order: order) }
            return reader.described(
                newcomer.draft, area: area,
                household: newcomer.household?.description ?? (newcomer.member == nil ? "" : "draft"),
                role: newcomer.role?.rawValue, relationship: newcomer.relationship)
        }
    }

    static func keys(
        of records: [MatchRecord], context: RegistryContext, model: ActiveModel
    ) -> [[MatchKeys.Made]] {
        var builder = PopulationBuilder(context.names)
        for record in records { builder.add(record) }
        let population = builder.finish(frequencies: model.frequencies)
        let keys = MatchKeys(context: context, model: model)
        return records.indices.map { keys.made($0, of: population) }
    }

    /// - Parameter overridden: suspects whom the sender named as others; each pair stays for review, with who said so.
    private static func welcome(
        _ keys: [[Int64]], overridden: [Hit], model: Int, policy: MatchPolicy, actor: ActorID
    ) -> @Sendable ([UUID]) -> [SQL] {
        { ids in
            let fresh = KeyStore.fresh(zip(ids, keys))
            let pairs = overridden.filter { ids.indices.contains($0.asked) }.map { hit in
                Suspicion(
                    (ids[hit.asked], hit.person.areaOrder), (hit.person.id, hit.person.areaOrder), bits: hit.bits,
                    steps: hit.steps)
            }
            guard !pairs.isEmpty else { return [fresh] }
            return [
                fresh, PairStore.statement(pairs, state: .unsure, origin: "intake", model: model, policy: policy),
                """
                INSERT INTO matching.decision (id, pair_id, low_id, high_id, verdict, bits, reason, actor_id)
                SELECT gen_random_uuid(), p.id, p.low_id, p.high_id, 'unsure', p.bits,
                    'registered all the same, as somebody else', \(actor)
                FROM unnest(\(pairs.map(\.low))::uuid[], \(pairs.map(\.high))::uuid[]) AS n (low, high)
                JOIN matching.pair AS p ON p.low_id = n.low AND p.high_id = n.high
                """,
            ]
        }
    }
}

extension Matcher.Hit {
    /// Who it may be, with grade, probability and the steps of the evidence.
    package func json(_ grade: Matcher.Grade) -> JSONObject {
        [
            "person": .string(person.id.lowercased),
            "household": person.household.map { .string($0.lowercased) } ?? .null,
            "grade": .string(grade.rawValue), "score": .string(score), "bits": .string(bitsText), "steps": evidence,
        ]
    }
}
