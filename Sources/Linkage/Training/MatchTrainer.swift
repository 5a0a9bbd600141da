/// Estimates a model from a registry without knowing who is who.
///
/// How often each level occurs among matches is taken from pairs that agree on a trusted identifier and then stays fixed, because
/// a free estimation drifts from “same person” to “same family”; among strangers from random pairs; among relatives from lines
/// of one form. Only the number of pairs of each class is found by expectation and maximisation.
public struct MatchTrainer: Sendable {
    /// How a registry is trained on; the defaults are those of the published figures.
    public struct Settings: Sendable, Hashable {
        /// Random pairs, and pairs of one form, at most.
        public var samples: Int = 500_000
        /// How many pairs the base model's probabilities of matches count for.
        public var priorWeight: Double = 40
        /// Added to each count of random and kin pairs, and of matches.
        public var smoothing: Double = 0.5
        public var matchSmoothing: Double = 1
        /// How much rarity counts.
        public var rarityScale: Double = 0.8

        public init() {}
    }

    public var settings: Settings

    public init(settings: Settings = Settings()) { self.settings = settings }

    /// The fields that a registry can tell apart at all.
    static let kinRarity: [MatchField: Double] = [
        .given: 1, .family: 0.6, .birth: 1, .identifier: 1, .phone: 0, .parents: 0,
    ]

    /// A model with every parameter but the evidence of households.
    func estimate(_ samples: PairSamples, base: MatchModel?, records: Int) -> MatchModel {
        var fields: [MatchField: MatchModel.Field] = [:]
        for field in MatchField.allCases where field.isOwn {
            let matches = field == .identifier ? samples.named : samples.anchored
            fields[field] = MatchModel.Field(
                match: matches.probabilities(
                    of: field, smoothing: settings.matchSmoothing, prior: base?.fields[field]?.match,
                    weight: settings.priorWeight),
                kin: samples.kin.probabilities(of: field, smoothing: settings.smoothing),
                random: samples.random.probabilities(of: field, smoothing: settings.smoothing),
                rarity: field.hasRarity ? samples.random.rarities(of: field) : [],
                rarityScale: field.hasRarity ? settings.rarityScale : 0, kinRarity: Self.kinRarity[field] ?? 0)
        }
        spreadKin(&fields)
        let perRecord = Double(samples.householdPairs) / Double(max(1, records))
        return MatchModel(
            name: base?.name ?? "trained", version: (base?.version ?? 0) + 1,
            pairsPerRecord: [0.05, max(0.01, 0.1 * perRecord), Double(max(1, records - 1)) / 2], fields: fields,
            evidence: [
                "random": samples.random.pairs, "kin": samples.kin.pairs, "anchored": samples.anchored.pairs,
            ])
    }

    /// Relatives are known from lines of one form, but met between forms: there they live where the person lives, and share
    /// a phone as far as the person kept it.
    private func spreadKin(_ fields: inout [MatchField: MatchModel.Field]) {
        if let place = fields[.place]?.match { fields[.place]?.kin = place }
        if let phone = fields[.phone] {
            let equal = phone.kin[0] * phone.match[0]
            let edit = phone.kin[0] * phone.match[1] + phone.kin[1] * phone.match[0]
            fields[.phone]?.kin = [equal, edit, 1 - equal - edit]
        }
    }
}
