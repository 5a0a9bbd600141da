/// How a batch is run; none of it changes what a pair's score means.
public struct MatchSettings: Sendable, Hashable {
    /// Which pairs are looked for.
    public enum Scope: Sendable, Hashable {
        case all
        /// Records from this number on are new: with one another, and with all before them.
        case new(from: Int)
        /// Records before this number with those from it on, and with nobody of their own list.
        case between(Int)

        func includes(_ a: Int, _ b: Int) -> Bool {
            switch self {
            case .all: true
            case .new(let first): max(a, b) >= first
            case .between(let first): (a < first) != (b < first)
            }
        }
    }

    public var scope: Scope = .all
    /// The largest block; larger ones are narrowed.
    public var cap: Int = 60
    /// Pairs below so many bits, by the two records alone, are not kept.
    public var floor: Double = -10
    /// About how many pairs are kept at most, because memory is limited: where there would be more, the floor rises. It depends
    /// on the records alone, not on the number of workers.
    public var mostPairs: Int = .max
    /// Rounds of the evidence of households; 0 leaves it out.
    public var rounds: Int = 2
    /// How many members two households must probably share for their other members to be compared, whatever their keys.
    public var sharedMembers: Double = 0.9
    /// Pairs found that way are kept from so many bits on.
    public var furtherFloor: Double = -16
    /// How many cores take part; the result does not depend on it.
    public var workers: Int = 2
    /// More records with the same content than this count as copies, which are not compared with one another.
    public var copies: Int = 20
    /// How a model is estimated, where none is given.
    public var training: MatchTrainer.Settings = MatchTrainer.Settings()

    public init() {}

    /// Settings for so many records: a small list can afford to look further.
    public static func usual(for records: Int) -> MatchSettings {
        var settings = MatchSettings()
        settings.cap = min(600, max(60, 6_000_000 / max(1, records)))
        settings.floor = records <= 20_000 ? -40 : -10
        settings.furtherFloor = min(settings.furtherFloor, settings.floor)
        return settings
    }

    /// How many pairs fit into so much memory beside the records and their keys.
    ///
    /// - Parameter megabytes: 10⁶ bytes.
    public static func pairs(within megabytes: Int, for records: Int) -> Int {
        max(200_000, (megabytes * 1_000_000 - records * bytesPerRecord) / bytesPerPair)
    }

    /// As measured at a million people: records, words, keys while they are sorted.
    private static let bytesPerRecord = 500
    /// As scored, and as handed over.
    private static let bytesPerPair = 160
}
