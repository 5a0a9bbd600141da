/// What stands at one place of the file, decided by the seed and the place alone.
enum Slot: Sendable {
    /// A household seen for the first time, sound or broken on purpose.
    case first(BrokenKind?)
    /// The household of an earlier slot registered again.
    case again(Int)
    /// Somebody of an earlier slot as the head of a new household.
    case deliberate(Int)
}

/// Decides slots so that the stated shares come out, and finds earlier households to double.
struct SlotPlan: Sendable {
    let seed: UInt64
    let duplicateShare: Double
    let brokenShare: Double

    /// Rows of an average household, and of an average household of each doubled kind: the shares are of rows.
    private static let meanRows = 4.7
    private static let meanAgain = 4.1
    private static let meanDeliberate = 1.7

    /// Chance that a first household also lists somebody of an earlier one.
    var elsewhereShare: Double { duplicateShare * 0.25 * Self.meanRows }
    /// Chance that a first household lists one of its own twice.
    var withinShare: Double { duplicateShare * 0.10 * Self.meanRows }

    subscript(number: Int) -> Slot {
        guard number >= 20 else { return .first(nil) }
        var random = SeededRandom(seed: seed, stream: 2, index: UInt64(number))
        let again = duplicateShare * 0.50 * Self.meanRows / Self.meanAgain
        let deliberate = duplicateShare * 0.15 * Self.meanRows / Self.meanDeliberate
        let draw = random.unit()
        if draw < again + deliberate, let earlier = sound(before: number, &random) {
            return draw < again ? .again(earlier) : .deliberate(earlier)
        }
        guard random.chance(brokenShare) else { return .first(nil) }
        return .first(BrokenKind.allCases[random.below(BrokenKind.allCases.count)])
    }

    /// An earlier household that is first seen there and sound.
    func sound(before number: Int, _ random: inout SeededRandom) -> Int? {
        for _ in 0..<40 {
            let place = random.below(number)
            if place < 20 { return place }
            if isSound(place) { return place }
        }
        return nil
    }

    /// The same decision as `self[number]` without following it: a slot that doubles another is not sound.
    private func isSound(_ number: Int) -> Bool {
        var random = SeededRandom(seed: seed, stream: 2, index: UInt64(number))
        let doubled =
            duplicateShare * (0.50 * Self.meanRows / Self.meanAgain + 0.15 * Self.meanRows / Self.meanDeliberate)
        if random.unit() < doubled { return false }
        return !random.chance(brokenShare)
    }
}
