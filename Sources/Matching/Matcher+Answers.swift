package import Documents
package import Foundation
import Groundwork
package import Linkage
package import Postgres
import Registry

extension Matcher {
    /// How sure a candidate is, in the words of FHIR's match-grade.
    package enum Grade: String, Sendable { case certain, probable, possible }

    /// Certain is who is strong, has no second of nearly the same strength beside him, and no identifier that contradicts.
    package func grade(_ hit: Hit, among hits: [Hit]) -> Grade {
        guard hit.bits >= policy.strong else { return hit.bits >= policy.intakeBits ? .probable : .possible }
        guard !hit.steps.contains(where: { $0.field == .identifier && $0.level == "conflict" }) else {
            return .probable
        }
        let rival = hits.contains { other in
            other.asked == hit.asked && other.person.id != hit.person.id && other.bits > hit.bits - 3
        }
        return rival ? .probable : .certain
    }

    /// Why two people of the registry have their score.
    ///
    /// - Throws: `.noModel`; `.registry(.personNotFound)` when one of them is not on record or was merged.
    package func explain(
        _ one: UUID, _ other: UUID, in tx: borrowing Transaction
    ) async throws(MatchingFault) -> (suspicion: Suspicion, version: Int) {
        do {
            guard let model = try await models.active(in: tx) else { throw MatchingFault.noModel }
            let reader = MatchPeople(context: context, policy: policy)
            var people = try await tx.query(MatchPeople.those([one, other])).map { try reader.read($0) }
            guard people.count == 2 else { throw MatchingFault.registry(.personNotFound) }
            let homes = Set(people.compactMap(\.household))
            for row in try await tx.query(MatchPeople.members(of: Array(homes))) {
                let member = try reader.read(row)
                if member.id != people[0].id, member.id != people[1].id { people.append(member) }
            }
            var builder = PopulationBuilder(context.names)
            for person in people { builder.add(person.record) }
            let population = builder.finish(frequencies: model.frequencies)
            var pairs: [(Int, Int)] = [(0, 1)]
            if homes.count == 2 {
                for a in people.indices where people[a].household == people[0].household {
                    for b in people.indices where people[b].household == people[1].household { pairs.append((a, b)) }
                }
            }
            let outcome = await MatchBatch.score(pairs, of: population, model: model.model)
            guard let pair = outcome.pairs.first(where: { $0.a == 0 && $0.b == 1 }) else {
                throw MatchingFault.defect("a pair was not scored")
            }
            let steps = MatchScorer(outcome.model).explain(pair.comparison).steps
            return (
                Suspicion(people[0], people[1], bits: pair.bits, steps: steps),
                model.version
            )
        } catch {
            throw MatchingFault(any: error)
        }
    }
}

extension Matcher.Hit {
    /// Probability with four decimals.
    package var score: String { Bits.text(probability, digits: 4) }
    package var bitsText: String { Bits.text(bits) }
    package var evidence: JSON { Suspicion.evidence(steps) }
}

extension Suspicion {
    package var bitsText: String { Bits.text(bits) }
}

extension MatchRecord {
    /// Whether anybody can be looked up by this at all.
    package var isEnough: Bool {
        let hasName = !given.isEmpty || !family.isEmpty
        return !identifiers.isEmpty || !phones.isEmpty || hasName && (birth != nil || places.count > 1)
            || !given.isEmpty && !family.isEmpty
    }
}
