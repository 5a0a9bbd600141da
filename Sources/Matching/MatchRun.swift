import Documents
import Foundation
package import Groundwork
package import Linkage
package import Postgres
import Registry

/// Matching over the whole registry: everybody with everybody, in memory; keys and pairs are kept for the small questions
/// that follow.
package struct MatchRun: Sendable {
    let database: Database
    let matcher: Matcher

    package init(database: Database, matcher: Matcher) {
        (self.database, self.matcher) = (database, matcher)
    }

    /// What a run did.
    package struct Report: Sendable {
        package var people = 0
        package var compared = 0
        package var strong = 0
        package var review = 0
        /// Groups of people who are probably one, and the size of the largest.
        package var groups = 0
        package var largest = 0
        package var version = 0
        package var drift: MatchModel.Drift?
        package var seconds = 0.0
        /// Whether a run that had been cut short was gone on with.
        package var isResumed = false
        /// Bits from which pairs were kept: higher than usual where memory did not suffice for more.
        package var floor = 0.0
        package var memoryRaisedFloor = false
    }

    /// How far a run is.
    package enum Progress: Sendable {
        case reading(Int)
        case comparing(Int)
        case keying(Int)
        case writing(Int)
    }

    private static let pageSize = 10_000

    /// - Parameters:
    ///   - trains: whether a model is estimated from the registry; else the newest is used, or the base where there is none.
    ///   - afresh: whether a run that was cut short is left as it is, and not gone on with.
    ///   - memory: megabytes that the run aims to stay below; where they do not suffice, the unlikeliest pairs go.
    ///   - base: the profile's model, whose probabilities stand in for what the registry has too little evidence of.
    package func run(
        trains: Bool, afresh: Bool = false, base: MatchModel?, workers: Int, memory: Int = 1500,
        as mandate: Mandate,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws(MatchingFault) -> Report {
        do {
            // The reader of the log stands still meanwhile, and no other run begins.
            let report = try await database.withConnection { connection in
                try await Self.take(connection)
                do {
                    let report = try await work(
                        trains: trains, afresh: afresh, base: base, workers: workers, memory: memory, mandate, progress)
                    _ = try await connection.query("SELECT pg_advisory_unlock(\(MatchLock.key))")
                    return report
                } catch {
                    _ = try? await connection.query("SELECT pg_advisory_unlock(\(MatchLock.key))")
                    throw error
                }
            }
            return report
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// The reader lets go within a second; another run does not.
    private static func take(_ connection: Connection) async throws {
        for _ in 0..<20 {
            let taken = try await connection.query("SELECT pg_try_advisory_lock(\(MatchLock.key))")
            if try taken.first?.get(0, as: Bool.self) ?? false { return }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw MatchingFault.busy
    }

    private func work(
        trains: Bool, afresh: Bool, base: MatchModel?, workers: Int, memory: Int, _ mandate: Mandate,
        _ progress: @escaping @Sendable (Progress) -> Void
    ) async throws(MatchingFault) -> Report {
        do {
            let clock = ContinuousClock()
            let began = clock.now
            let before = try await database.read(as: mandate) {
                (tx: borrowing Transaction) async throws -> ActiveModel? in
                try await matcher.models.active(in: tx)
            }
            if !trains, before == nil, base == nil { throw MatchingFault.noModel }
            let times = try await database.read(
                as: mandate, once: ["SELECT clock_timestamp(), (SELECT last_pos FROM registry.event_sequencer)"])
            let start: Date = try times.first?.first?.get(0) ?? Date()
            let position: Int64 = try times.first?.first?.get(1, as: Int64?.self) ?? 0
            // What a killed run had estimated stands; the keys and pairs that it wrote stay.
            let resumed = afresh ? nil : before.flatMap { $0.isFinished ? nil : $0 }
            let (population, people) = try await read(resumed?.frequencies, mandate, progress)
            progress(.comparing(people.count))
            var settings = MatchSettings.usual(for: population.count)
            settings.workers = workers
            settings.mostPairs = MatchSettings.pairs(within: memory, for: population.count)
            let outcome: MatchOutcome
            if trains, resumed == nil {
                outcome = await MatchBatch.train(population, base: base, settings: settings)
            } else if let model = before?.model ?? base {
                outcome = await MatchBatch.run(population, model: model, settings: settings)
            } else {
                throw MatchingFault.noModel
            }
            try Task.checkCancellation()
            var report = Report()
            (report.people, report.compared) = (people.count, outcome.figures.compared)
            (report.floor, report.memoryRaisedFloor) = (
                outcome.figures.floor, outcome.figures.floor > settings.floor
            )
            report.isResumed = resumed != nil
            let wide = resumed?.wide ?? Self.wide(population, matcher)
            report.drift = resumed == nil ? before.map { outcome.model.drift(from: $0.model) } : nil
            let drift = report.drift
            let version = try await database.write(as: mandate) {
                (tx: borrowing Transaction) async throws -> Int in
                if let resumed { return resumed.version }
                return try await MatchModels.insert(
                    outcome.model, frequencies: population.frequencies, wide: wide.sorted(), people: people.count,
                    drift: drift?.json, read: position, in: tx)
            }
            report.version = version
            try await key(population, people, wide: wide, mandate, progress)
            try await keyNewcomers(mandate)
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await MatchModels.noteKeyed(version, in: tx)
            }
            try await write(outcome, population, people, version: version, since: start, mandate, &report, progress)
            report.seconds = (clock.now - began) / .seconds(1)
            return report
        } catch {
            throw MatchingFault(any: error)
        }
    }

    /// What of a person is needed after comparing.
    private struct Held {
        var id: UUID
        var version: Int32
        var areaOrder: Int32
    }

    private func read(
        _ frequencies: NameFrequencies?, _ mandate: Mandate, _ progress: @Sendable (Progress) -> Void
    ) async throws -> (Population, [Held]) {
        let reader = MatchPeople(context: matcher.context, policy: matcher.policy)
        var builder = PopulationBuilder(matcher.context.names)
        var people: [Held] = []
        var last = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        while true {
            try Task.checkCancellation()
            let rows = try await database.read(as: mandate, once: [MatchPeople.page(after: last, limit: Self.pageSize)])
            guard let page = rows.first, !page.isEmpty else { break }
            for row in page {
                let person = try reader.read(row)
                builder.add(person.record)
                people.append(
                    Held(id: person.id, version: Int32(person.version), areaOrder: Int32(person.areaOrder)))
                last = person.id
            }
            progress(.reading(people.count))
        }
        return (builder.finish(frequencies: frequencies), people)
    }

    /// Keys, and narrower ones, that more people share than the cap allows.
    private static func wide(_ population: Population, _ matcher: Matcher) -> Set<Int64> {
        let maker = MatchKeys(context: matcher.context, wide: [])
        var wide = crowded(population, cap: matcher.policy.cap) { record in
            maker.made(record, of: population).map(\.key)
        }
        let first = wide
        wide.formUnion(
            crowded(population, cap: matcher.policy.cap) { record in
                maker.made(record, of: population).filter { first.contains($0.key) }.flatMap(\.narrower)
            })
        return wide
    }

    private static func crowded(_ population: Population, cap: Int, _ keys: (Int) -> [Int64]) -> Set<Int64> {
        var all: [Int64] = []
        all.reserveCapacity(population.count * 14)
        for record in 0..<population.count { all += keys(record) }
        all.sort()
        var result: Set<Int64> = []
        var start = 0
        while start < all.count {
            var end = start + 1
            while end < all.count, all[end] == all[start] { end += 1 }
            if end - start > cap { result.insert(all[start]) }
            start = end
        }
        return result
    }

    /// Brings the kept keys up to the people as they were read; some thousand in each transaction, so that no reader of the
    /// event log waits.
    private func key(
        _ population: Population, _ people: [Held], wide: Set<Int64>, _ mandate: Mandate,
        _ progress: @Sendable (Progress) -> Void
    ) async throws {
        let keys = MatchKeys(context: matcher.context, wide: wide)
        for start in stride(from: 0, to: people.count, by: Self.pageSize) {
            try Task.checkCancellation()
            let range = start..<min(start + Self.pageSize, people.count)
            let made = range.map { place in
                (
                    id: people[place].id, version: Int(people[place].version),
                    keys: keys.kept(keys.made(place, of: population))
                )
            }
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                var held: [UUID: [Int64]] = [:]
                for row in try await tx.query(
                    "SELECT person_id, keys FROM matching.keyed_person WHERE person_id = ANY(\(made.map(\.id)))")
                { held[try row.get(0)] = try row.get(1) }
                let changed = made.filter { held[$0.id] != $0.keys }
                let gone = changed.filter { held[$0.id] != nil }.map(\.id)
                if !gone.isEmpty {
                    _ = try await tx.query(
                        """
                        DELETE FROM matching.match_key AS m
                        USING matching.keyed_person AS p, unnest(p.keys) AS k (h)
                        WHERE p.person_id = ANY(\(gone)) AND m.h = k.h AND m.person_id = p.person_id
                        """)
                    _ = try await tx.query("DELETE FROM matching.keyed_person WHERE person_id = ANY(\(gone))")
                }
                try await KeyStore.write(changed, in: tx)
                _ = try await tx.query("DELETE FROM matching.fresh_key WHERE person_id = ANY(\(made.map(\.id)))")
            }
            progress(.keying(range.upperBound))
        }
        await database.takeStatistics(of: ["matching.match_key", "matching.keyed_person"])
    }

    /// Whoever was registered after being read and before the first model was in force is found at the next registration, too;
    /// the reader of the log, which waits for the end of the run, keys them for good and looks for their pairs.
    private func keyNewcomers(_ mandate: Mandate) async throws {
        let reader = MatchPeople(context: matcher.context, policy: matcher.policy)
        var next: UUID? = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        while let last = next {
            try Task.checkCancellation()
            next = try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> UUID? in
                guard let model = try await matcher.models.active(in: tx) else { return nil }
                let found = try await tx.query(all: [
                    // Everybody is looked at, which takes longer than any request may.
                    "SET LOCAL statement_timeout = '30min'", MatchPeople.unkeyed(after: last, limit: Self.newcomers),
                ])
                let people = try found[1].map { try reader.read($0) }
                guard let end = people.last?.id else { return nil }
                let made = Matcher.keys(of: people.map(\.record), context: matcher.context, model: model)
                let keys = MatchKeys(context: matcher.context, model: model)
                _ = try await tx.query(KeyStore.fresh(zip(people.map(\.id), made.map(keys.kept))))
                return end
            }
        }
    }

    private static let newcomers = 2_000

    private func write(
        _ outcome: MatchOutcome, _ population: Population, _ people: [Held], version: Int, since start: Date,
        _ mandate: Mandate,
        _ report: inout Report, _ progress: @Sendable (Progress) -> Void
    ) async throws {
        let policy = matcher.policy
        let scorer = MatchScorer(outcome.model)
        let clusters = outcome.clusters(MatchClusters.Rules(threshold: policy.strong))
        report.groups = clusters.groups.count
        report.largest = clusters.groups.map(\.count).max() ?? 0
        // Of many copies of one record each is held against the first; they are not compared with one another.
        let copies = outcome.copies.filter { $0.bits >= policy.review }.flatMap { group -> [MatchedPair] in
            let found = population.compare(group.records[0], group.records[1])
            return group.records.dropFirst().map { copy in
                MatchedPair(a: group.records[0], b: copy, comparison: found, own: group.bits, bits: group.bits)
            }
        }
        let worth = outcome.pairs.filter { $0.bits >= policy.review } + copies
        report.strong = worth.count { $0.bits >= policy.strong }
        report.review = worth.count - report.strong
        for place in stride(from: 0, to: worth.count, by: 2_000) {
            try Task.checkCancellation()
            let part = worth[place..<min(place + 2_000, worth.count)].map { pair in
                Suspicion(
                    (people[pair.a].id, Int(people[pair.a].areaOrder)),
                    (people[pair.b].id, Int(people[pair.b].areaOrder)),
                    bits: pair.bits, steps: scorer.explain(pair.comparison).steps)
            }
            try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await PairStore.write(part, origin: "batch", model: version, policy: policy, in: tx)
            }
            progress(.writing(min(place + 2_000, worth.count)))
        }
        // What is open and was not found again has lost its evidence.
        try await database.write(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
            _ = try await tx.query(
                """
                DELETE FROM matching.pair
                WHERE state IN ('open', 'unsure') AND updated_at < \(start) AND model_version < \(Int32(version))
                """)
            try await MatchModels.noteFinished(version, in: tx)
        }
    }
}

/// Keeps a run over all and the reader of the log apart.
package enum MatchLock {
    /// The number of the advisory lock, "match" in letters.
    package static let key: Int64 = 0x6D61_7463_68
}
