/// Two check digits by ISO 7064 MOD 97-10: every single wrong digit and every swap of neighbours is noticed.
public enum MOD97 {
    /// The two check digits, 02 to 98, to write after the digits.
    ///
    /// - Parameter digits: digits 0–9; capital letters count as two digits each, A = 10 to Z = 35, as in IBAN.
    ///   Anything else is a mistake of the program.
    public static func checkDigits(_ digits: String) -> String {
        guard let rest = remainder(digits) else { preconditionFailure("check digits are made of digits and capitals") }
        let check = 98 - rest * 100 % 97
        return check < 10 ? "0\(check)" : "\(check)"
    }

    /// True when the last two digits are the check digits of what stands before them.
    public static func isValid(_ digitsWithCheck: String) -> Bool {
        let digits = digitsWithCheck.utf8
        guard digits.count >= 3, digits.suffix(2).allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        guard remainder(digitsWithCheck) == 1 else { return false }
        // 00, 01 and 99 leave the same remainders as 97, 98 and 02: each number has one spelling only.
        let check = digits.suffix(2).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (2...98).contains(check)
    }

    private static func remainder(_ digits: String) -> Int? {
        var rest = 0
        for byte in digits.utf8 {
            switch byte {
            case 0x30...0x39: rest = (rest * 10 + Int(byte - 0x30)) % 97
            case 0x41...0x5A: rest = (rest * 100 + Int(byte - 0x41) + 10) % 97
            default: return nil
            }
        }
        return rest
    }
}
