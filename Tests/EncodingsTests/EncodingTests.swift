import Encodings
import Groundwork
import Linkage
import Testing

@Suite struct `Keyed encodings of persons` {
    private static let secret = [UInt8](repeating: 9, count: 32)

    private func scheme(_ salt: EncodingScheme.Salt = .year, noise: Int = 10) throws -> EncodingScheme {
        try EncodingScheme(secret: Self.secret, purpose: "test", salt: salt, noise: noise)
    }

    /// Two lists that share some people, written differently in the second.
    private struct Lists {
        var left: [EncodedPerson] = []
        var right: [EncodedPerson] = []
        let shared = 600

        init(_ scheme: EncodingScheme, wrongYears: Int = 0) {
            var random = Numbers(seed: 5)
            let encoder = PersonEncoder(scheme)
            for number in 0..<1200 {
                let record = random.person(number)
                left.append(encoder.encode(record, id: "a\(number)"))
                guard number < shared else { continue }
                var other = record
                // A letter more, one name less, the names in other columns.
                switch number % 4 {
                case 0: other.given += "e"
                case 1: other.given = String(other.given.split(separator: " ")[0])
                case 2: (other.given, other.family) = (other.family, other.given)
                default: break
                }
                if number % 10 < wrongYears, let birth = other.birth {
                    other.birth = CalendarDate(year: birth.date.year + 1, month: 5, day: 17).map { PartialDate($0) }
                }
                right.append(encoder.encode(other, id: "b\(number)"))
            }
            for number in 1200..<1800 { right.append(encoder.encode(random.person(number), id: "b\(number)")) }
        }

        func measured(least: Int) -> (recall: Double, precision: Double) {
            let pairs = EncodedComparison(least: least).outcome(left, right).pairs
            let right = pairs.count { left[$0.left].id.dropFirst() == self.right[$0.right].id.dropFirst() }
            return (Double(right) / Double(shared), Double(right) / Double(max(1, pairs.count)))
        }
    }

    @Test func `two lists are linked without their names`() throws {
        let open = Lists(try scheme(.none, noise: 0)).measured(least: 8000)
        #expect(open.recall > 0.95 && open.precision > 0.95, "\(open)")
        let salted = Lists(try scheme()).measured(least: 7000)
        #expect(salted.recall > 0.9 && salted.precision > 0.97, "\(salted)")
    }

    @Test func `a salt costs those whose salted value is wrong`() throws {
        let salted = Lists(try scheme(), wrongYears: 2).measured(least: 7000)
        #expect(salted.recall > 0.7 && salted.recall < 0.85, "\(salted)")
        let open = Lists(try scheme(.none, noise: 0), wrongYears: 2).measured(least: 6500)
        #expect(open.recall > salted.recall, "\(open)")
    }

    @Test func `encodings under another secret or purpose have nothing in common`() throws {
        let record = MatchRecord(
            given: "Aline", family: "Niyonzima", birth: PartialDate("1980-04-05"),
            identifiers: [.init(type: "NID", value: "12/34-567")])
        let mine = PersonEncoder(try scheme()).encode(record, id: "1")
        let again = PersonEncoder(try scheme()).encode(record, id: "1")
        #expect(mine == again)
        let foreign = try EncodingScheme(secret: [UInt8](repeating: 8, count: 32), purpose: "test")
        let purpose = try EncodingScheme(secret: Self.secret, purpose: "other")
        for scheme in [foreign, purpose] {
            let theirs = PersonEncoder(scheme).encode(record, id: "1")
            #expect(mine.likeness(to: theirs) < 4000 && Set(mine.tokens).isDisjoint(with: theirs.tokens))
        }
        #expect(try scheme().mark != foreign.mark && scheme().mark != purpose.mark)
        #expect(throws: EncodingFault.secretShort) {
            try EncodingScheme(secret: [1, 2, 3], purpose: "test")
        }
        #expect(throws: EncodingFault.purpose) { try EncodingScheme(secret: Self.secret, purpose: "a b") }
    }

    @Test func `a number is found however it was spelled`() throws {
        let encoder = PersonEncoder(try scheme())
        let one = encoder.encode(
            MatchRecord(given: "A", identifiers: [.init(type: "NID", value: "12/34-567")]), id: "1")
        let other = encoder.encode(
            MatchRecord(given: "Zénobie", identifiers: [.init(type: "nid", value: "1234567")]), id: "2")
        let pairs = EncodedComparison(least: 9000).outcome([one], [other]).pairs
        #expect(pairs.count == 1 && pairs[0].tokens == 1)
    }

    @Test func `an encoding is written and read, and nobody without a name is like nobody`() throws {
        let encoder = PersonEncoder(try scheme())
        let one = encoder.encode(
            MatchRecord(given: String(repeating: "Bo ", count: 2000), birth: PartialDate("1980")), id: "1")
        #expect(EncodedPerson(id: "1", text: one.text, tokens: "") == one)
        #expect(EncodedPerson(id: "1", text: "xyz", tokens: "") == nil)
        let nobody = encoder.encode(MatchRecord(), id: "2")
        #expect(nobody.weight == 0 && nobody.likeness(to: nobody) == 0)
        #expect(EncodedComparison(least: 0).outcome([nobody], [nobody]).pairs.isEmpty)
    }
}

/// Invented people that a seed makes again.
private struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private mutating func word(_ syllables: Int) -> String {
        let parts = [
            "ba", "ki", "ndo", "shi", "ru", "me", "za", "nye", "to", "gwa", "li", "mu", "ha", "ke", "yo", "su",
        ]
        return (0..<syllables).map { _ in parts[next(parts.count)] }.joined()
    }

    mutating func person(_ number: Int) -> MatchRecord {
        MatchRecord(
            given: word(3) + " " + word(2), family: word(4), sex: number % 2 == 0 ? .female : .male,
            birth: CalendarDate(year: 1940 + next(70), month: 2 + next(10), day: 2 + next(25)).map { PartialDate($0) })
    }
}
