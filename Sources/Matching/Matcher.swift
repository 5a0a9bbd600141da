package import Foundation
import Groundwork
package import Linkage
package import Postgres
package import Registry

/// Looks up who of the registry some people may be: candidates by keys, scores by the model in force, the evidence of
/// households. One model for registrations, changes and lists.
package struct Matcher: Sendable {
    package let context: RegistryContext
    package let policy: MatchPolicy
    package let models: MatchModels
    /// What counts as odd in the country.
    package let findings: FindingRules

    package init(
        context: RegistryContext, policy: MatchPolicy, models: MatchModels, findings: FindingRules? = nil
    ) {
        (self.context, self.policy, self.models) = (context, policy, models)
        self.findings = findings ?? FindingRules()
    }

    /// Candidates of one person that are scored with the evidence of their households.
    private static let closest = 20
    /// Members of a household that count as evidence.
    private static let household = 60
    /// How many times the cap is read, from either end, of a key that grew since the last run.
    private static let overgrown = 40
    /// How many times the cap one person is compared with.
    private static let met = 4
    /// Bits, without households, below which a candidate is passed over.
    private static let floor = -8.0

    /// One candidate for one of the people asked about.
    package struct Hit: Sendable {
        /// The place among those asked about.
        package var asked: Int
        package var person: MatchPerson
        package var bits: Double
        package var steps: [Waterfall.Step]

        package var probability: Double { 1 / (1 + exp2(-bits)) }
    }

    /// Who the people described may be, the likeliest first.
    ///
    /// - Parameters:
    ///   - people: those asked about; they are not compared with one another.
    ///   - own: ids of those asked about who are on record, by place; never among their own hits.
    ///   - others: people who are told to be others; they take nobody's place among the closest.
    ///   - least: bits from which a hit counts.
    package func hits(
        _ people: [MatchRecord], own: [UUID?] = [], others: Set<UUID> = [], least: Double, model: ActiveModel,
        in tx: borrowing Transaction
    ) async throws -> [Hit] {
        guard !people.isEmpty else { return [] }
        let reader = MatchPeople(context: context, policy: policy)
        let (candidates, meetings) = try await candidates(
            people, own: own, others: others, model: model, reader, in: tx)
        let close = nearest(people, candidates, meetings, others: others, model: model)
        guard !close.isEmpty else { return [] }
        // Those who live with the people asked about, and with the candidates; whoever is asked about alone, without parents,
        // has nothing to be compared with theirs.
        var everybody = Set(close.map { candidates[$0.candidate].id })
        let housed = close.filter { people[$0.asked].hasRelatives }
        var homes = Set(housed.compactMap { candidates[$0.candidate].household })
        homes.formUnion(people.compactMap { UUID(uuidString: $0.household) })
        var gathered = close.map { candidates[$0.candidate] }
        var seen: Set<UUID> = []
        gathered = gathered.filter { seen.insert($0.id).inserted }
        let asked = Set(own.compactMap { $0 })
        if !homes.isEmpty {
            for row in try await tx.query(MatchPeople.members(of: Array(homes))) {
                let member = try reader.read(row)
                if !asked.contains(member.id), everybody.insert(member.id).inserted { gathered.append(member) }
            }
        }
        return await scored(people, gathered, close, candidates, least: least, model: model)
    }

    /// People who share a key with one of those asked about, and who with whom.
    private func candidates(
        _ people: [MatchRecord], own: [UUID?], others: Set<UUID>, model: ActiveModel, _ reader: MatchPeople,
        in tx: borrowing Transaction
    ) async throws -> ([MatchPerson], meetings: [[Int]]) {
        let keys = MatchKeys(context: context, model: model)
        var bearers: [Int64: [Int]] = [:]
        for (place, made) in Self.keys(of: people, context: context, model: model).enumerated() {
            for key in keys.sought(made) { bearers[key, default: []].append(place) }
        }
        let blocks = try await blocks(bearers.keys.sorted(), in: tx)
        var met: [UUID: [Int]] = [:]
        for (asked, near) in meetings(fair(blocks), bearers, own: own, others: others, of: people.count)
            .enumerated()
        {
            for id in near { met[id, default: []].append(asked) }
        }
        guard !met.isEmpty else { return ([], []) }
        let bearersOfKeys = MatchPeople.those(Array(met.keys))
        let found = try await tx.query(all: [Self.generic, bearersOfKeys, Self.usual])[1].map { try reader.read($0) }
        var meetings: [[Int]] = people.map { _ in [] }
        for (place, candidate) in found.enumerated() {
            for asked in met[candidate.id] ?? [] { meetings[asked].append(place) }
        }
        return (found, meetings)
    }

    /// The plan of a look-up does not depend on the keys, and making it anew for each list of them takes longer than looking.
    /// Made while a table was empty, it would read the table whole ever after.
    private static let generic: SQL =
        """
        SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)
        """
    private static let usual: SQL =
        "SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true)"

    /// Who stands under each key. Of a key that very many came to share since the last run those who stand first are read, and
    /// those who stand last: ids rise with time, and a double is often of those who came a moment ago.
    private func blocks(_ keys: [Int64], in tx: borrowing Transaction) async throws -> [Int64: [UUID]] {
        let (kept, fresh) = (policy.cap * Self.overgrown, policy.cap * 2)
        // Key by key over the index, which alone is read.
        let look: SQL =
            """
            SELECT k.h, m.person_id, false
            FROM unnest(\(keys)::bigint[]) AS k (h)
            CROSS JOIN LATERAL (
                SELECT person_id FROM matching.match_key AS m WHERE m.h = k.h LIMIT \(kept)) AS m
            UNION ALL
            SELECT k.h, f.person_id, true
            FROM unnest(\(keys)::bigint[]) AS k (h)
            CROSS JOIN LATERAL (
                SELECT person_id FROM matching.fresh_key AS f WHERE f.h = k.h LIMIT \(fresh)) AS f
            """
        let rows = try await tx.query(all: [Self.generic, look, Self.usual])[1]
        var blocks: [Int64: [UUID]] = [:]
        var freshCounts: [Int64: Int] = [:]
        for row in rows {
            let key: Int64 = try row.get(0)
            blocks[key, default: []].append(try row.get(1))
            if try row.get(2, as: Bool.self) { freshCounts[key, default: 0] += 1 }
        }
        let full = (
            kept: blocks.filter { $0.value.count - (freshCounts[$0.key] ?? 0) >= kept }.map(\.key).sorted(),
            fresh: freshCounts.filter { $0.value >= fresh }.map(\.key).sorted()
        )
        guard !full.kept.isEmpty || !full.fresh.isEmpty else { return blocks }
        let ends = try await tx.query(
            """
            SELECT k.h, m.person_id
            FROM unnest(\(full.kept)::bigint[]) AS k (h)
            CROSS JOIN LATERAL (
                SELECT person_id FROM matching.match_key AS m WHERE m.h = k.h
                ORDER BY m.person_id DESC LIMIT \(kept)) AS m
            UNION ALL
            SELECT k.h, f.person_id
            FROM unnest(\(full.fresh)::bigint[]) AS k (h)
            CROSS JOIN LATERAL (
                SELECT person_id FROM matching.fresh_key AS f WHERE f.h = k.h
                ORDER BY f.person_id DESC LIMIT \(fresh)) AS f
            """)
        for row in ends { blocks[try row.get(0), default: []].append(try row.get(1)) }
        for key in Set(full.kept + full.fresh) { blocks[key] = blocks[key].map { Array(Set($0)) } }
        return blocks
    }

    /// Whom each of those asked about meets under a key: where they are very many, those who share more and rarer keys.
    private func meetings(
        _ blocks: [Int64: [UUID]], _ bearers: [Int64: [Int]], own: [UUID?], others: Set<UUID>, of count: Int
    ) -> [[UUID]] {
        var near = [[UUID: Float]](repeating: [:], count: count)
        // In one order, so that sums are the same wherever they are made.
        for (key, block) in blocks.sorted(by: { $0.key < $1.key }) {
            let weight = 1 / Float(block.count)
            for asked in bearers[key] ?? [] {
                for id in block where asked >= own.count || own[asked] != id {
                    near[asked][id, default: 0] += weight
                }
            }
        }
        let most = policy.cap * Self.met
        return near.map { weights in
            guard weights.count > most else { return Array(weights.keys) }
            let order = weights.sorted { left, right in
                left.value == right.value ? left.key.halves < right.key.halves : left.value > right.value
            }
            let named = order.dropFirst(most).filter { others.contains($0.key) }
            return order.prefix(most).map(\.key) + named.map(\.key)
        }
    }

    /// Blocks that grew beyond the cap since the last run, cut down to whoever shares other keys, too; the rest is drawn by
    /// lot, and not by age.
    private func fair(_ blocks: [Int64: [UUID]]) -> [Int64: [UUID]] {
        let most = policy.cap * 2
        guard blocks.values.contains(where: { $0.count > most }) else { return blocks }
        var shared: [UUID: Int] = [:]
        for block in blocks.values { for id in block { shared[id, default: 0] += 1 } }
        var result = blocks
        for (key, block) in blocks where block.count > most {
            func lot(_ id: UUID) -> UInt64 {
                let (high, low) = id.halves
                return (high ^ low ^ UInt64(bitPattern: key)) &* 0x9E37_79B9_7F4A_7C15
            }
            let drawn = block.map { (shared: shared[$0] ?? 0, lot: lot($0), id: $0) }
            result[key] = drawn.sorted { ($1.shared, $0.lot) < ($0.shared, $1.lot) }.prefix(most).map(\.id)
        }
        return result
    }

    private struct Close {
        var asked: Int
        var candidate: Int
        var bits: Double
    }

    /// The closest candidates of each by the two records alone.
    private func nearest(
        _ people: [MatchRecord], _ candidates: [MatchPerson], _ meetings: [[Int]], others: Set<UUID>,
        model: ActiveModel
    ) -> [Close] {
        var builder = PopulationBuilder(context.names)
        for person in people { builder.add(person) }
        for candidate in candidates { builder.add(candidate.record) }
        let population = builder.finish(frequencies: model.frequencies)
        let scorer = MatchScorer(model.model)
        var result: [Close] = []
        for (asked, places) in meetings.enumerated() {
            var close: [Close] = []
            for place in places {
                let bits = scorer.ownScore(population.compare(asked, people.count + place))
                if bits >= Self.floor { close.append(Close(asked: asked, candidate: place, bits: bits)) }
            }
            // Candidates stand in the order of their ids.
            close.sort { ($1.bits, $0.candidate) < ($0.bits, $1.candidate) }
            result += close.filter { !others.contains(candidates[$0.candidate].id) }.prefix(Self.closest)
            result += close.filter { others.contains(candidates[$0.candidate].id) }
        }
        return result
    }

    private func scored(
        _ people: [MatchRecord], _ gathered: [MatchPerson], _ close: [Close], _ candidates: [MatchPerson],
        least: Double, model: ActiveModel
    ) async -> [Hit] {
        var builder = PopulationBuilder(context.names)
        for person in people { builder.add(person) }
        for person in gathered { builder.add(person.record) }
        let population = builder.finish(frequencies: model.frequencies)
        var places: [UUID: Int] = [:]
        var homes: [String: [Int]] = [:]
        for (place, person) in gathered.enumerated() {
            places[person.id] = people.count + place
            if !person.record.household.isEmpty {
                homes[person.record.household, default: []].append(people.count + place)
            }
        }
        var askedHomes: [String: [Int]] = [:]
        for (place, person) in people.enumerated() where !person.household.isEmpty {
            askedHomes[person.household, default: []].append(place)
        }
        var pairs: [(Int, Int)] = []
        var wanted: Set<Int> = []
        var compared: Set<[String]> = []
        for item in close {
            guard let other = places[candidates[item.candidate].id] else { continue }
            pairs.append((item.asked, other))
            wanted.insert(item.asked << 32 | other)
            let (mine, theirs) = (people[item.asked].household, candidates[item.candidate].record.household)
            guard !mine.isEmpty, !theirs.isEmpty, mine != theirs, compared.insert([mine, theirs]).inserted else {
                continue
            }
            for a in ((askedHomes[mine] ?? []) + (homes[mine] ?? [])).prefix(Self.household) {
                for b in (homes[theirs] ?? []).prefix(Self.household) where a != b { pairs.append((a, b)) }
            }
        }
        let outcome = await MatchBatch.score(pairs, of: population, model: model.model)
        let scorer = MatchScorer(outcome.model)
        var hits: [Hit] = []
        for pair in outcome.pairs where pair.bits >= least && wanted.contains(pair.a << 32 | pair.b) {
            hits.append(
                Hit(
                    asked: pair.a, person: gathered[pair.b - people.count], bits: pair.bits,
                    steps: scorer.explain(pair.comparison).steps))
        }
        hits.sort { left, right in
            if left.asked != right.asked { return left.asked < right.asked }
            return left.bits == right.bits
                ? left.person.id.lowercased < right.person.id.lowercased : left.bits > right.bits
        }
        return hits
    }
}

extension UUID {
    /// Two numbers that tell ids apart without writing them out.
    fileprivate var halves: (UInt64, UInt64) {
        withUnsafeBytes(of: uuid) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }
}

extension MatchRecord {
    /// Whether those who live with a candidate can say anything for or against.
    ///
    /// For numbers, too: how many bear one tells what it says.
    fileprivate var hasRelatives: Bool {
        !household.isEmpty || !father.isEmpty || !mother.isEmpty || !phones.isEmpty || !identifiers.isEmpty
    }
}

extension Matcher {
    /// Keys people anew and looks them up: for what was registered or changed.
    ///
    /// Open pairs of theirs are replaced by what is found now; what was decided stays. Whoever was merged or withdrawn loses
    /// keys and open pairs.
    package func refresh(_ ids: [UUID], in tx: borrowing Transaction) async throws {
        guard let model = try await models.active(in: tx), !ids.isEmpty else { return }
        let reader = MatchPeople(context: context, policy: policy)
        let people = try await tx.query(MatchPeople.those(ids)).map { try reader.read($0) }
        _ = try await tx.query(all: [
            """
            DELETE FROM matching.match_key AS m
            USING matching.keyed_person AS p, unnest(p.keys) AS k (h)
            WHERE p.person_id = ANY(\(ids)) AND m.h = k.h AND m.person_id = p.person_id
            """,
            "DELETE FROM matching.keyed_person WHERE person_id = ANY(\(ids))",
            "DELETE FROM matching.fresh_key WHERE person_id = ANY(\(ids))",
        ])
        guard !people.isEmpty else { return try await PairStore.drop(of: ids, except: [], in: tx) }
        try await KeyStore.write(people, context: context, model: model, in: tx)
        // Whoever stands in an open pair is compared again, however many others are closer.
        let partners = try await PairStore.partners(of: ids, in: tx)
        let hits = try await hits(
            people.map(\.record), own: people.map(\.id), others: partners, least: policy.review, model: model, in: tx)
        var found: [String: Suspicion] = [:]
        for hit in hits {
            let suspicion = Suspicion(people[hit.asked], hit.person, bits: hit.bits, steps: hit.steps)
            found[suspicion.low.lowercased + suspicion.high.lowercased] = suspicion
        }
        let ordered = found.sorted { $0.key < $1.key }.map(\.value)
        try await PairStore.write(ordered, origin: "change", model: model.version, policy: policy, in: tx)
        try await PairStore.drop(of: ids, except: ordered, in: tx)
    }
}

extension Suspicion {
    /// In the order of the ids, with the area of the first.
    init(_ one: MatchPerson, _ other: MatchPerson, bits: Double, steps: [Waterfall.Step]) {
        self.init((one.id, one.areaOrder), (other.id, other.areaOrder), bits: bits, steps: steps)
    }

    init(_ one: (id: UUID, area: Int), _ other: (id: UUID, area: Int), bits: Double, steps: [Waterfall.Step]) {
        let isOrdered = one.id.lowercased < other.id.lowercased
        let (low, high) = isOrdered ? (one, other) : (other, one)
        self.init(low: low.id, high: high.id, bits: bits, steps: steps, areaOrder: low.area)
    }
}

/// Writes keys of people who have none.
enum KeyStore {
    /// Keys of people whom the reader of the log has not met yet.
    static func fresh(_ people: some Sequence<(UUID, [Int64])>) -> SQL {
        var rows: [(h: Int64, person: UUID)] = []
        for (id, keys) in people { for key in keys { rows.append((key, id)) } }
        rows.sort { $0.h < $1.h }
        return """
            INSERT INTO matching.fresh_key (h, person_id)
            SELECT k.h, k.id
            FROM unnest(\(rows.map(\.h))::bigint[], \(rows.map(\.person))::uuid[]) AS k (h, id)
            ON CONFLICT DO NOTHING
            """
    }

    static func write(
        _ people: [MatchPerson], context: RegistryContext, model: ActiveModel, in tx: borrowing Transaction
    ) async throws {
        let keys = MatchKeys(context: context, model: model)
        let made = Matcher.keys(of: people.map(\.record), context: context, model: model)
        try await write(zip(people, made).map { ($0.id, $0.version, keys.kept($1)) }, in: tx)
    }

    static func write(
        _ people: [(id: UUID, version: Int, keys: [Int64])], in tx: borrowing Transaction
    ) async throws {
        var rows: [(h: Int64, person: UUID)] = []
        for person in people { for key in person.keys { rows.append((key, person.id)) } }
        // In the order of the index, whose pages are then met one after the other.
        rows.sort { $0.h < $1.h }
        try await tx.copyIn("matching.keyed_person", columns: ["person_id", "version", "keys"]) { writer in
            for person in people {
                writer.row(3)
                writer.append(person.id)
                writer.append(Int32(person.version))
                writer.append(person.keys)
                try await writer.end()
            }
        }
        try await tx.copyIn("matching.match_key", columns: ["h", "person_id"]) { writer in
            for row in rows {
                writer.row(2)
                writer.append(row.h)
                writer.append(row.person)
                try await writer.end()
            }
        }
    }
}
