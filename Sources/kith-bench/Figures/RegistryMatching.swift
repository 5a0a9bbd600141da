import Documents
import Foundation
import Groundwork
import Matching
import Postgres
import Profiles
import Registry
import Runtime
import Synchronization
import Trials

extension Measure {
    /// Matching inside the registry: the run over all, one person asked about, changes as they come, registrations.
    static let matching: Measure = Measure(
        name: "match-registry",
        summary: """
            a model trained over the registry, the run again, POST /api/v1/match with 8 connections, people matched anew after \
            a change, and households registered with and without being looked up
            """
    ) { ground in
        try await RegistryMatching(ground: ground).figures()
    }
}

private struct RegistryMatching: Sendable {
    let ground: BenchGround
    private static let connections = 8
    private static let changed = 4000

    func figures() async throws -> [Figure] {
        let profile = try Profile.load(try Home.find().profile("burundi"))
        let matcher = Matcher(
            context: ground.context, policy: try MatchPolicy(profile.match["policy"]), models: MatchModels())
        let run = MatchRun(database: ground.database, matcher: matcher)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let isMillion = ground.population.people > 900_000
        func bound(_ target: Figure.Target) -> Figure.Target { isMillion ? target : .none }
        let trained = try await run.run(
            trains: true, afresh: true, base: try profile.matchModel(), workers: cores, as: BenchGround.mandate)
        let again = try await run.run(
            trains: false, base: nil, workers: cores, as: BenchGround.mandate)
        var figures = [
            Figure(name: "match-train", value: trained.seconds, unit: "s"),
            Figure(name: "match-run", value: again.seconds, unit: "s", target: bound(.atMost(240))),
            Figure(name: "match-run-memory", value: TrialMemory.peak, unit: "MB", target: bound(.atMost(1500))),
            Figure(name: "match-run-pairs", value: Double(again.strong + again.review), unit: "pairs"),
        ]
        figures += try await asked(bound(.atMost(15)))
        figures.append(
            Figure(
                name: "match-changes", value: try await changes(matcher), unit: "people/s",
                target: bound(.atLeast(1000))))
        let plain = try await registrations(nil, from: 40_000_000)
        let watched = try await registrations(matcher, from: 50_000_000)
        figures.append(
            Figure(
                name: "register-household-matched", value: watched.rate, unit: "households/s", target: .none,
                limit: plain.rate))
        figures.append(Figure(name: "register-household-matched-p99", value: watched.percentile(0.99), unit: "ms"))
        return figures
    }

    /// Somebody on record is described with a slip, as at a counter.
    private func asked(_ target: Figure.Target) async throws -> [Figure] {
        let ground = ground
        let head = ground.head("POST /api/v1/match", as: "clerk") + "Content-Type: application/json\r\n"
        return try await KithServer.with(ground) { server in
            let load = HTTPLoad(
                port: server.port, connections: Self.connections, seconds: 8, status: 200,
                request: { running in
                    let one = ground.population.somebody(Population.mix(running, 97) % ground.population.people)
                    let question: JSON = [
                        "attributes": [
                            "given_name": .string(one.given), "family_name": .string(one.family + "e"),
                            "sex": .string(one.isFemale ? "female" : "male"),
                            "birth_date": ["date": .string(one.birth.description), "precision": "day"],
                            "area": .string(ground.population.area(of: one.household).reference),
                        ]
                    ]
                    let body = question.serialized()
                    return (Array((head + "Content-Length: \(body.count)\r\n\r\n").utf8) + body, [])
                })
            let outcome = try await load.run(from: 0)
            return [
                Figure(name: "match-intake", value: outcome.rate, unit: "requests/s"),
                Figure(name: "match-intake-p50", value: outcome.percentile(0.5), unit: "ms"),
                Figure(name: "match-intake-p99", value: outcome.percentile(0.99), unit: "ms", target: target),
            ]
        }
    }

    /// People keyed and looked up anew, some hundred in each transaction, as the reader of the log does.
    private func changes(_ matcher: Matcher) async throws -> Double {
        let ids = (0..<Self.changed).map {
            ground.population.personID(Population.mix($0, 96) % ground.population.people)
        }
        let began = Stopwatch.nanoseconds
        for start in stride(from: 0, to: ids.count, by: MatchingReader.together) {
            let part = Array(ids[start..<min(start + MatchingReader.together, ids.count)])
            try await ground.database.write(as: BenchGround.mandate) {
                (tx: borrowing Transaction) async throws -> Void in
                try await matcher.refresh(part, in: tx)
            }
        }
        return Double(ids.count) / (Double(Stopwatch.nanoseconds - began) / 1e9)
    }

    /// Families registered within the process, without a socket, with or without being looked up.
    private func registrations(_ watch: Matcher?, from first: Int) async throws -> HTTPLoad.Outcome {
        let ground = ground
        let start = first + Int(Date().timeIntervalSince1970) % 1_000_000 * 5
        let registrar = Registrar(
            context: ground.context, today: { CalendarDate("2026-11-01") ?? .latest }, watch: watch)
        let counter = Counter()
        let end = Stopwatch.nanoseconds + 6_000_000_000
        let began = Stopwatch.nanoseconds
        let parts = try await withThrowingTaskGroup(of: [UInt32].self) { group in
            for _ in 0..<Self.connections {
                group.addTask {
                    var latencies: [UInt32] = []
                    while Stopwatch.nanoseconds < end {
                        let running = counter.next()
                        let command = Command.registerHousehold(Self.household(start + running, ground.population))
                        let at = Stopwatch.nanoseconds
                        do {
                            _ = try await ground.database.write(as: BenchGround.mandate) { tx throws(RegistryFault) in
                                try await registrar.perform(
                                    command, CommandTerms(observedOn: CalendarDate("2026-10-01") ?? .latest), in: tx)
                            }
                        } catch RegistryFault.suspected {
                            // A namesake of somebody on record; the look-up was made all the same.
                        }
                        latencies.append(UInt32(clamping: Stopwatch.nanoseconds - at))
                    }
                    return latencies
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let seconds = Double(Stopwatch.nanoseconds - began) / 1e9
        return HTTPLoad.Outcome(rate: Double(parts.count) / seconds, latencies: parts.sorted())
    }

    private static func household(_ running: Int, _ population: Population) -> HouseholdDraft {
        let members = (0..<5).map { place -> MemberDraft in
            let one = population.somebody(running * 5 + place)
            let draft = PersonDraft(
                claims: [
                    "given_name": .string(one.given), "family_name": .string(one.family),
                    "sex": .string(one.isFemale ? "female" : "male"), "birth_date": .string(one.birth.description),
                    "consent_basis": "consent",
                ],
                contacts: Contacts(
                    identifiers: [Identifier(type: "NID", value: population.nationalID(running * 5 + place))],
                    phones: nil))
            return MemberDraft(.new(draft), role: place == 0 ? .head : .member)
        }
        return HouseholdDraft(
            claims: [
                "area": .string(population.area(of: running).reference), "consent_basis": "consent",
                "residence": "rural",
            ], members: members)
    }
}

private final class Counter: Sendable {
    private let value: Mutex<Int> = Mutex(0)

    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}
