import Linkage

/// Tables like those of a profile, small enough to read.
enum Samples {
    static let table = PhoneticFold.Table(
        undouble: "nmlrsteaidbkg",
        replace: [
            .init("sh", "s"), .init("ch", "s"), .init("gn", "ny"), .init("ou", "u"), .init("l", "r"), .init("v", "b"),
            .init("y", "i"), .init("h", ""), .init("w", "u"),
        ], undoubleLast: "aeiou")
    static let normaliser = NameNormaliser(honorifics: ["mme", "mzee", "dr", "pasteur"])
    static let keys = NameKeys(
        normaliser: normaliser, fold: PhoneticFold(table),
        equivalences: [
            ["Jean", "John", "Yohani"], ["Pierre", "Peter", "Petero"], ["Élisabeth", "Elizabeth", "Erizabeti"],
            ["Immaculée", "Immaculate"],
        ])
    static let similarity = NameSimilarity(keys)
}
