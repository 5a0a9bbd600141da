/// An amount in the smallest unit of a currency; never a binary float.
public struct Money: Sendable, Hashable {
    /// Whole minor units: francs for BIF (exponent 0), cents for USD (exponent 2).
    public var minorUnits: Int64
    /// ISO 4217, three capital letters.
    public var currency: String

    /// Nil when the currency is not three capital letters.
    public init?(minorUnits: Int64, currency: String) {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        (self.minorUnits, self.currency) = (minorUnits, currency)
    }
}
