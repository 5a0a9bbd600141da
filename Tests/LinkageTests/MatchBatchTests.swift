import Foundation
import Groundwork
import Linkage
import Testing

@Suite struct `A batch over a planted registry` {
    private static let registry = PlantedRegistry(households: 900, seed: 11)
    private static let population = registry.population()

    private func edges(_ outcome: MatchOutcome) -> [MatchEdge] {
        outcome.pairs.map { MatchEdge(a: $0.a, b: $0.b, bits: $0.bits) }
    }

    @Test func `finds the doubles without being told one`() async throws {
        let outcome = await MatchBatch.train(Self.population)

        let groups = outcome.clusters().groups
        let measures = TruthMeasures(
            edges(outcome), truth: Self.registry.truth, clusters: [(threshold: 0, groups: groups)])
        #expect(measures.best.f1 > 0.97)
        #expect(measures.candidateRecall > 0.97)
        #expect(try #require(measures.groups.first).f1 > 0.95)
        #expect(measures.recallAt95 > 0.95)
    }

    @Test func `recovers the planted probabilities and shares`() async throws {
        let outcome = await MatchBatch.train(Self.population)

        let sex = try #require(outcome.model.fields[.sex])
        #expect(abs(sex.match[1] - PlantedRegistry.otherSex) < 0.03)
        #expect(abs(sex.random[0] - 0.5) < 0.03)
        let given = try #require(outcome.model.fields[.given])
        #expect(abs(given.match[0] - (1 - PlantedRegistry.slip)) < 0.06)
        let place = try #require(outcome.model.fields[.place])
        #expect(abs(place.match[4] - PlantedRegistry.moved) < 0.12)
        let planted = Double(Self.registry.truth.pairCount) / Double(Self.population.count)
        #expect(abs(outcome.model.pairsPerRecord[0] - planted) < 0.35 * planted)
    }

    @Test func `gives the same result whatever the number of cores`() async {
        var settings = MatchSettings()
        settings.workers = 1
        let one = await MatchBatch.train(Self.population, settings: settings)
        settings.workers = 3
        let three = await MatchBatch.train(Self.population, settings: settings)

        #expect(one.pairs == three.pairs)
        #expect(one.model == three.model)
        #expect(one.clusters().groups == three.clusters().groups)
    }

    @Test func `by a kept model links what it linked in training`() async {
        let trained = await MatchBatch.train(Self.population)
        let again = await MatchBatch.run(Self.population, model: trained.model)

        let (first, second) = (trained.clusters().groups, again.clusters().groups)
        #expect(Set(first).intersection(second).count > first.count * 95 / 100)
    }

    @Test func `compares new records with all, and old ones not with each other`() async {
        var settings = MatchSettings()
        let first = Self.population.count - 100
        settings.scope = .new(from: first)
        let trained = await MatchBatch.train(Self.population)
        let outcome = await MatchBatch.run(Self.population, model: trained.model, settings: settings)

        #expect(!outcome.pairs.isEmpty)
        #expect(outcome.pairs.allSatisfy { $0.b >= first })
    }

    @Test func `scores given pairs as the whole batch does, by the records alone`() async {
        let trained = await MatchBatch.train(Self.population)
        let whole = await MatchBatch.run(Self.population, model: trained.model)
        let some = whole.pairs.prefix(50).map { ($0.a, $0.b) }

        let alone = await MatchBatch.score(some, of: Self.population, model: trained.model)
        #expect(alone.pairs.map(\.own) == whole.pairs.prefix(50).map(\.own))
    }

    @Test func `tells every score by steps that add up`() async {
        let outcome = await MatchBatch.train(Self.population)
        let scorer = MatchScorer(outcome.model)

        for pair in outcome.pairs.prefix(2000) {
            let sum = scorer.explain(pair.comparison).steps.reduce(0) { $0 + $1.bits }
            #expect(abs(sum - pair.bits) < 0.005)
        }
    }

    @Test func `never counts an equal identifier, full date or given name against a pair`() async {
        let outcome = await MatchBatch.train(Self.population)
        let scorer = MatchScorer(outcome.model)
        let records = Self.registry.records
        var random = SmallRandom(state: 5)

        for _ in 0..<300 {
            let a = records[random.below(records.count)]
            let b = random.chance(0.5) ? records[random.below(records.count)] : a
            guard a.birth?.precision == .day, !a.identifiers.isEmpty else { continue }
            var (date, number, given) = (b, b, b)
            date.birth = a.birth
            number.identifiers = a.identifiers
            given.given = a.given
            for better in [date, number, given] {
                // Among all others, so that frequencies are those of the registry.
                var builder = PopulationBuilder(Samples.keys)
                for record in [a, b, better] { builder.add(record) }
                let three = builder.finish(frequencies: Self.population.frequencies)
                let (before, after) = (scorer.ownScore(three.compare(0, 1)), scorer.ownScore(three.compare(0, 2)))
                #expect(after >= before - 0.005)
            }
        }
    }

    @Test func `raises an alarm when the share of matches jumps`() async {
        let model = (await MatchBatch.train(Self.population)).model
        var other = model
        other.pairsPerRecord[0] *= 2

        #expect(!model.drift(from: model).isAlarming)
        #expect(other.drift(from: model).isAlarming)
        #expect(model.drift(from: other).isAlarming)
    }

    @Test func `tells by how many bits each level moved`() async throws {
        let model = (await MatchBatch.train(Self.population)).model
        var other = model
        other.fields[.sex]?.match = [0.5, 0.5]
        let before = try #require(model.fields[.sex]).match

        let drift = other.drift(from: model)

        let bits = try #require(drift.match[.sex])
        #expect(bits.count == 2 && bits[0] < 0 && bits[1] > 0)
        #expect(abs(before[1] * exp2(bits[1]) - 0.5) < 1e-9)
        #expect(drift.random[.sex]?.allSatisfy { $0 == 0 } == true)
    }

    @Test func `keeps no more pairs than memory allows, and the likeliest of them`() async throws {
        var settings = MatchSettings()
        settings.floor = -40
        let model = (await MatchBatch.train(Self.population)).model
        let all = await MatchBatch.run(Self.population, model: model, settings: settings)
        settings.mostPairs = all.pairs.count / 4
        settings.workers = 1
        let few = await MatchBatch.run(Self.population, model: model, settings: settings)
        settings.workers = 3
        let again = await MatchBatch.run(Self.population, model: model, settings: settings)

        #expect(few.figures.floor > settings.floor && few.pairs.count < all.pairs.count / 2)
        #expect(few.pairs == again.pairs)
        let truth = Self.registry.truth
        #expect(TruthMeasures(edges(few), truth: truth).best.f1 > 0.95)
        #expect(MatchSettings.pairs(within: 1500, for: 1_000_000) > 5_000_000)
        #expect(MatchSettings.pairs(within: 100, for: 1_000_000) == 200_000)
    }

    @Test func `learns from decided pairs, and less from few`() async {
        let outcome = await MatchBatch.train(Self.population)
        let truth = Self.registry.truth
        let labels = LabelSample.draw(outcome.pairs, count: 400).map {
            LabelledPair($0.comparison, isMatch: truth.isTrue($0.a, $0.b))
        }

        let learnt = LabelCalibration(correctsLevels: true).fit(outcome.model, to: labels)
        let scorer = MatchScorer(learnt)
        let scored = outcome.pairs.map { MatchEdge(a: $0.a, b: $0.b, bits: scorer.score($0.comparison)) }
        #expect(TruthMeasures(scored, truth: truth).best.f1 > 0.97)
        #expect(LabelCalibration(correctsLevels: true).fit(outcome.model, to: []) == outcome.model)
        #expect(labels.count <= 400)
    }
}

@Suite(.timeLimit(.minutes(5))) struct `A batch over bad input` {
    private func outcome(_ count: Int, _ record: (Int) -> MatchRecord) async -> MatchOutcome {
        var builder = PopulationBuilder(Samples.keys)
        for number in 0..<count { builder.add(record(number)) }
        return await MatchBatch.run(builder.finish(), model: MatchSamples.model)
    }

    @Test func `where everybody has one name and was born on the first of January ends, and links nobody`() async {
        let found = await outcome(4000) { number in
            MatchRecord(
                given: "Jean", family: "Niyonkuru", birth: PartialDate("\(1950 + number % 60)-01-01"),
                places: ["P\(number % 7)", "C\(number % 11)"], household: "\(number)")
        }

        #expect(found.figures.compared < 4000 * 200)
        #expect(found.clusters().groups.allSatisfy { $0.count < 4000 })
    }

    @Test func `where ten thousand households have one phone ends`() async {
        let found = await outcome(10_000) { number in
            MatchRecord(
                given: "G\(number % 97)a\(number % 89)", family: "F\(number % 83)o\(number % 79)",
                birth: PartialDate("\(1930 + number % 90)-03-0\(1 + number % 9)"), phones: ["79000000"],
                household: "\(number)")
        }

        #expect(found.figures.compared < 10_000 * 200)
    }

    @Test func `of many exact copies is one group, and of copies of nothing none`() async {
        let copies = await outcome(20_000) { _ in MatchSamples.jean }
        let blank = await outcome(5000) { _ in MatchRecord(given: "Jean") }

        #expect(copies.clusters().groups.map(\.count) == [20_000])
        #expect(copies.pairs.isEmpty)
        #expect(blank.clusters().groups.isEmpty)
    }

    @Test(arguments: [0, 1, 2]) func `of hardly anybody is no trouble`(count: Int) async {
        var builder = PopulationBuilder(Samples.keys)
        for _ in 0..<count { builder.add(MatchSamples.jean) }
        let population = builder.finish()

        #expect(await MatchBatch.train(population, base: MatchSamples.model).pairs.count <= 1)
        #expect(await MatchBatch.run(population, model: MatchSamples.model).pairs.count == max(0, count - 1))
    }
}
