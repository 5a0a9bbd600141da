/// One person in columns: numbers of words and places, dates as integers. Minus one or zero where nothing is known.
struct PersonRow: Sendable {
    /// Numbers of given names in rising order, so that their order in writing does not matter.
    var given = SIMD4<Int32>(repeating: -1)
    var family = SIMD4<Int32>(repeating: -1)
    var father = SIMD4<Int32>(repeating: -1)
    var mother = SIMD4<Int32>(repeating: -1)
    /// From the widest to the narrowest.
    var places = SIMD8<Int32>(repeating: -1)
    var givenCount: UInt8 = 0
    var familyCount: UInt8 = 0
    var fatherCount: UInt8 = 0
    var motherCount: UInt8 = 0
    var placeCount: UInt8 = 0
    var sex: UInt8 = 0
    var role: UInt8 = 0
    /// Phones, identifiers and words of the address stand in a pool, in this order.
    var phoneCount: UInt8 = 0
    var identifierCount: UInt8 = 0
    var addressCount: UInt8 = 0
    /// Zero when the year of birth is not known.
    var year: Int16 = 0
    /// Month × 32 + day; zero when only the year is known, or the date is an estimate.
    var day: UInt16 = 0
    var extras: UInt32 = 0
    var household: Int32 = -1
    /// Number of the word that first and second given name make together, and of the sound of the family name.
    var joined: Int32 = -1
    /// The first given name and the first family name as written, before sorting.
    var firstGiven: Int32 = -1
    var firstFamily: Int32 = -1
    /// Records with the same content have the same digest.
    var digest: UInt64 = 0

    var hasFullDate: Bool { day != 0 }
}
