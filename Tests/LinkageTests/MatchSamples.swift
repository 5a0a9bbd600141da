import Groundwork
import Linkage

/// A model with round numbers, and people to compare.
enum MatchSamples {
    /// Probabilities that fall from the first level to the last.
    static func falling(_ count: Int, first: Double) -> [Double] {
        let rest = (1 - first) / Double(count - 1)
        return [first] + [Double](repeating: rest, count: count - 1)
    }

    /// Probabilities that are small but for the last level.
    static func rising(_ count: Int, each: Double) -> [Double] {
        [Double](repeating: each, count: count - 1) + [1 - each * Double(count - 1)]
    }

    static let model: MatchModel = {
        var fields: [MatchField: MatchModel.Field] = [:]
        for field in MatchField.allCases {
            let count = field.levels.count
            let family: Set<MatchField> = [.phone, .parents, .place]
            fields[field] = MatchModel.Field(
                match: falling(count, first: 0.8),
                kin: family.contains(field) ? falling(count, first: 0.8) : rising(count, each: 0.01),
                random: rising(count, each: 0.005),
                rarity: field.hasRarity ? [Double](repeating: 4, count: count) : [],
                rarityScale: field.hasRarity ? 0.8 : 0, kinRarity: field == .given ? 1 : 0)
        }
        return MatchModel(name: "sample", version: 3, pairsPerRecord: [0.05, 0.5, 5000], fields: fields)
    }()

    static let scorer = MatchScorer(model)

    static func population(_ records: [MatchRecord], parents: Bool = false) -> Population {
        var builder = PopulationBuilder(Samples.keys)
        for record in records { builder.add(record) }
        return builder.finish(takesParentsFromRoles: parents)
    }

    static func compare(_ a: MatchRecord, _ b: MatchRecord) -> MatchComparison {
        population([a, b]).compare(0, 1)
    }

    static func level(_ field: MatchField, _ a: MatchRecord, _ b: MatchRecord) -> String? {
        let level = compare(a, b).levels[field]
        return level == MatchField.missing ? nil : field.levels[level]
    }

    static let jean = MatchRecord(
        given: "Jean Pierre", family: "Nkurunziza", sex: .male, birth: PartialDate("1985-04-12"),
        father: "Joseph Ndayizeye", mother: "Marie Nahimana", phones: ["+25779123456"],
        identifiers: [.init(type: "NATIONAL_ID", value: "0501/123456.789")],
        places: ["Gitega", "Giheta", "Giheta Z1", "Kibogoye"], household: "H1", role: .head)
}
