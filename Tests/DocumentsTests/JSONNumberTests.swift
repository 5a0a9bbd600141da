import Documents
import Foundation
import Testing

@Suite struct `A JSON number` {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("-0.0e5", "0"), ("10", "10"), ("1e1", "10"), ("1.50", "1.5"), ("150e-2", "1.5"),
        ("0.0010", "0.001"), ("-12.340", "-12.34"), ("1E+3", "1000"), ("1e50", "1e50"), ("1e-50", "1e-50"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ])
    func `has one canonical text for each value`(text: String, canonical: String) throws {
        let number = try #require(JSONNumber(text: text))
        let same = try #require(JSONNumber(text: canonical))

        #expect(number.text == text)
        #expect(number.canonicalText == canonical)
        #expect(number == same)
        #expect(number.hashValue == same.hashValue)
        #expect(same.canonicalText == canonical)
    }

    @Test(arguments: [
        "", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "1-", "NaN", "Infinity", "1_000", "١", "--1",
    ])
    func `follows the grammar`(text: String) {
        #expect(JSONNumber(text: text) == nil)
        #expect(throws: JSONFault.self) { try JSON.parse(text) }
    }

    @Test func `is an Int when it is whole and fits`() {
        #expect(JSONNumber(text: "9223372036854775807")?.int == .max)
        #expect(JSONNumber(text: "-9223372036854775808")?.int == .min)
        #expect(JSONNumber(text: "9223372036854775808")?.int == nil)
        #expect(JSONNumber(text: "1.0")?.int == 1)
        #expect(JSONNumber(text: "12e2")?.int == 1200)
        #expect(JSONNumber(text: "1.5")?.int == nil)
        #expect(JSONNumber(text: "1e400")?.int == nil)
        #expect(JSONNumber(text: "1e99999999999999999999")?.int == nil)
    }

    @Test func `is a Decimal when that is exact`() {
        #expect(JSONNumber(text: "0.1")?.decimal == Decimal(string: "0.1"))
        #expect(JSONNumber(text: "-12.5e-3")?.decimal == Decimal(string: "-0.0125"))
        let digits = "12345678901234567890123456789012345678"
        #expect(JSONNumber(text: digits)?.decimal?.description == digits)
        #expect(JSONNumber(text: digits + "9")?.decimal == nil)
        #expect(JSONNumber(text: "1e300")?.decimal == nil)
        #expect(JSONNumber(Decimal(string: "19.99") ?? 0).text == "19.99")
    }

    @Test func `is ordered by value`() throws {
        let ordered = ["-1e30", "-10.5", "-10", "-0.1", "0", "0.09", "0.1", "9", "10", "10.01", "1e20", "1e30"]
        let numbers = try ordered.map { try #require(JSONNumber(text: $0)) }
        for (place, left) in numbers.enumerated() {
            for (other, right) in numbers.enumerated() {
                #expect((left < right) == (place < other), "\(left) \(right)")
            }
        }
    }
}
