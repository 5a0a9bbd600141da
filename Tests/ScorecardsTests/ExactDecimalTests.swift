import Scorecards
import Testing

@Suite struct `Exact decimals` {
    @Test(arguments: [
        ("1.50", "1.5"), ("-0.000", "0"), (".25", "0.25"), ("+7", "7"), ("1e-3", "0.001"), ("12e2", "1200"),
        ("-12345678901234567890123456789012345678901.5", "-12345678901234567890123456789012345678901.5"),
        ("0100", "100"),
    ]) func `read and write the same value`(text: String, expected: String) {
        #expect(ExactDecimal(text)?.description == expected)
    }

    @Test(arguments: ["", "-", ".", "1,5", "0x10", "1e", "nan", "1.2.3", " 1"])
    func `refuse what is no number`(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test(arguments: [
        ("9.397", "0.132", "9.529", "9.265", "1.240404"), ("-1", "0.1", "-0.9", "-1.1", "-0.1"),
        ("0", "-5", "-5", "5", "0"),
        ("99999999999999999999", "1", "100000000000000000000", "99999999999999999998", "99999999999999999999"),
    ]) func `add, subtract and multiply exactly`(a: String, b: String, sum: String, difference: String, product: String)
        throws
    {
        let (left, right) = (try #require(ExactDecimal(a)), try #require(ExactDecimal(b)))

        #expect((left + right).description == sum)
        #expect((left - right).description == difference)
        #expect((left * right).description == product)
    }

    @Test(arguments: [
        (1, 3, 5, Rounding.truncate, "0.33333"), (2, 3, 5, .halfUp, "0.66667"), (-2, 3, 0, .truncate, "0"),
        (-2, 3, 0, .halfUp, "-1"), (1, 8, 2, .halfEven, "0.12"), (3, 8, 2, .halfEven, "0.38"),
        (1, 8, 2, .halfUp, "0.13"),
        (-1, 8, 2, .halfUp, "-0.13"), (7, 7, 40, .halfEven, "1"),
        (1, 11, 40, .halfEven, "0.0909090909090909090909090909090909090909"),
    ]) func `divide to declared digits`(over: Int, by: Int, places: Int, rounding: Rounding, expected: String) {
        let quotient = ExactDecimal(over).divided(by: ExactDecimal(by), Division(places: places, rounding: rounding))

        #expect(quotient?.description == expected)
    }

    @Test func `have no quotient by zero`() {
        #expect(ExactDecimal(1).divided(by: 0, Division(places: 3, rounding: .halfUp)) == nil)
    }

    @Test(arguments: [
        ("-9753.9", Rounding.truncate, "-9753"), ("9753.5", .halfUp, "9754"), ("-2.5", .halfEven, "-2"),
        ("3.5", .halfEven, "4"),
    ])
    func `round towards zero, up at the half, or to the even`(text: String, rounding: Rounding, expected: String) throws
    {
        #expect(try #require(ExactDecimal(text)).rounded(places: 0, rounding).description == expected)
    }

    @Test func `divide long numbers as multiplication undoes`() throws {
        var state: UInt64 = 20260101
        func digits(_ count: Int) -> String {
            var text = ""
            for _ in 0..<count {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text += String(text.isEmpty ? 1 + state >> 33 % 9 : state >> 33 % 10)
            }
            return text
        }
        for round in 1...400 {
            let a = try #require(ExactDecimal(digits(1 + round % 90)))
            let b = try #require(ExactDecimal(digits(1 + round * 7 % 60)))
            #expect((a * b).divided(by: b, Division(places: 0, rounding: .truncate)) == a, "\(a) × \(b)")
            let quotient = try #require(a.divided(by: b, Division(places: 0, rounding: .truncate)))
            let rest = a - quotient * b
            #expect(!(rest < .zero) && rest < b, "\(a) ÷ \(b)")
        }
    }

    @Test func `compare by value, whatever their digits`() throws {
        let (a, b) = (try #require(ExactDecimal("1.50")), try #require(ExactDecimal("1.5")))

        #expect(a == b && a.hashValue == b.hashValue)
        #expect(try #require(ExactDecimal("-2")) < b)
        #expect(!(a < b) && !(b < a))
    }
}
