import Cryptography
import Testing

@Suite struct `Check digits` {
    @Test(arguments: [("794", "44"), ("123456", "76"), ("1", "95"), ("0", "98"), ("000000000000000000000000", "98")])
    func `follow ISO 7064 MOD 97-10`(digits: String, check: String) {
        #expect(MOD97.checkDigits(digits) == check)
        #expect(MOD97.isValid(digits + check))
    }

    /// The body and the country code come before the check digits, as ISO 13616 says.
    @Test(arguments: ["WEST12345698765432GB82", "370400440532013000DE89", "20041010050500013M02606FR14"])
    func `hold for IBAN examples`(rearranged: String) {
        #expect(MOD97.isValid(rearranged))
        #expect(MOD97.checkDigits(String(rearranged.dropLast(2))) == rearranged.suffix(2))
    }

    @Test func `notice every wrong digit and every swap of neighbours`() {
        let digits = Array("1839205746").map { String($0) }
        let number = digits + MOD97.checkDigits(digits.joined()).map { String($0) }
        #expect(MOD97.isValid(number.joined()))

        for place in number.indices {
            for other in 0...9 where String(other) != number[place] {
                var wrong = number
                wrong[place] = String(other)
                #expect(!MOD97.isValid(wrong.joined()))
            }
            guard place + 1 < number.count, number[place] != number[place + 1] else { continue }
            var swapped = number
            swapped.swapAt(place, place + 1)
            #expect(!MOD97.isValid(swapped.joined()))
        }
    }

    @Test(arguments: ["", "1", "98", "12a", "79 444", "79-444", "١٢٣", "79445"])
    func `refuse what has no check digits`(text: String) {
        #expect(!MOD97.isValid(text))
    }

    @Test func `have one spelling only`() {
        var valid = 0
        for check in 0...99 where MOD97.isValid("123456" + (check < 10 ? "0\(check)" : "\(check)")) { valid += 1 }
        #expect(valid == 1)
    }
}
