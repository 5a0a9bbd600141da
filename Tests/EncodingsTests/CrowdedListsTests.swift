import Encodings
import Groundwork
import Linkage
import Testing

@Suite struct `Encoded lists in which very many are alike` {
    private let encoder: PersonEncoder

    init() throws {
        encoder = PersonEncoder(try EncodingScheme(secret: [UInt8](repeating: 9, count: 32), purpose: "test"))
    }

    private func person(_ given: String, _ id: String, _ numbers: [String] = []) -> EncodedPerson {
        encoder.encode(
            MatchRecord(
                given: given, family: "Niyonzima", birth: PartialDate("1980-04-05"),
                identifiers: numbers.map { .init(type: "NID", value: $0) }), id: id)
    }

    @Test(.timeLimit(.minutes(1))) func `a hundred thousand copies on both sides are compared as one, and told`() {
        let copy = person("Aline", "1", ["12345"])
        let other = encoder.encode(
            MatchRecord(given: "Zénobie", family: "Vyukusenge", birth: PartialDate("1966-01-17")), id: "2")
        let crowd = (0..<100_000).map { EncodedPerson(id: "\($0)", filter: copy.filter, tokens: copy.tokens) }

        let outcome = EncodedComparison(least: 7000).outcome(crowd + [other], [other] + crowd)

        #expect(outcome.pairs.count == 100 * 100 + 1)
        #expect(outcome.pairs.contains { $0.left == 100_000 && $0.right == 0 })
        #expect(outcome.omitted.leftCopies == 99_900 && outcome.omitted.rightCopies == 99_900)
        #expect(outcome.omitted.tokens == 1 && outcome.omitted.comparisons == 0)
    }

    @Test func `of many who are nearly alike the likest are kept, and the rest is told`() {
        let near = (0..<120).map { person("Aline", "b\($0)") }
        let same = EncodedPerson(id: "same", filter: person("Aline", "a").filter)
        var limits = EncodedComparison.Limits()
        limits.together = 10

        let outcome = EncodedComparison(least: 7000, limits: limits).outcome([same], near + [same])

        #expect(outcome.pairs.count == 10 && outcome.omitted.pairs == 111)
        #expect(outcome.pairs.first?.right == 120 && outcome.pairs.first?.likeness == 10_000)
    }

    @Test func `no record is compared with more than the limits say`() {
        let near = (0..<60).map { person("Aline", "b\($0)") }
        var limits = EncodedComparison.Limits()
        (limits.inSample, limits.compared) = (5, 12)

        let outcome = EncodedComparison(least: 7000, limits: limits).outcome([person("Aline", "a")], near)

        #expect((1...12).contains(outcome.pairs.count) && outcome.omitted.comparisons > 100, "\(outcome.omitted)")
    }

    @Test func `a number that too many bear brings nobody together, and is told`() {
        let many = (0..<101).map { number in
            EncodedPerson(id: "\(number)", filter: [UInt64](repeating: 0, count: 16), tokens: ["ab", "c\(number)"])
        }
        let one = EncodedPerson(id: "x", filter: [UInt64](repeating: 0, count: 16), tokens: ["ab", "c7"])

        let outcome = EncodedComparison(least: 7000).outcome([one], many)

        #expect(outcome.pairs.map(\.right) == [7] && outcome.pairs.map(\.tokens) == [1])
        #expect(outcome.omitted.tokens == 1)
    }
}
