/// Compares two persons of a population, field by field; lent by ``Population/withComparer(_:)`` and not to be kept.
struct PairComparer {
    let rows: UnsafeBufferPointer<PersonRow>
    let extras: UnsafeBufferPointer<Int32>
    let words: WordComparer
    let identifierStarts: UnsafeBufferPointer<UInt32>
    let identifierLetters: UnsafeBufferPointer<UInt8>
    let yearRarity: UnsafeBufferPointer<Float>
    let extraRarity: UnsafeBufferPointer<Float>
    let placeHashes: UnsafeBufferPointer<UInt64>

    /// Everything but the evidence of households. Symmetric in its two persons.
    func compare(_ a: Int, _ b: Int) -> MatchComparison {
        var found = MatchComparison(levels: .none)
        guard let base = rows.baseAddress else { return found }
        let (left, right) = (base + a, base + b)
        compareNames(left, right, &found)
        compareBirth(left, right, &found)
        if left.pointee.sex != 0, right.pointee.sex != 0 {
            found.levels[.sex] = left.pointee.sex == right.pointee.sex ? 0 : 1
        }
        comparePhones(left, right, &found)
        compareIdentifiers(left, right, &found)
        compareParents(left, right, &found)
        comparePlaces(left, right, &found)
        if left.pointee.addressCount > 0, right.pointee.addressCount > 0 {
            found.levels[.address] = address(left, right)
        }
        if left.pointee.household >= 0, left.pointee.household == right.pointee.household {
            found.levels[.household] = 4
        }
        return found
    }

    typealias Row = UnsafePointer<PersonRow>

    // MARK: Birth

    private func compareBirth(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        let (year, other) = (Int(a.pointee.year), Int(b.pointee.year))
        guard year > 0, other > 0 else { return }
        let apart = abs(year - other)
        if apart == 0 { found.rarity[2] = yearRarity[min(2200, year)] }
        guard a.pointee.hasFullDate, b.pointee.hasFullDate else {
            found.levels[.birth] =
                switch apart {
                case 0: 7
                case 1: 8
                case 2: 9
                case 3...5: 10
                case 6...10: 11
                default: 12
                }
            return
        }
        found.levels[.birth] = Self.dates(Int(a.pointee.day), Int(b.pointee.day), yearsApart: apart)
    }

    private static func dates(_ a: Int, _ b: Int, yearsApart: Int) -> Int {
        if yearsApart == 0 {
            if a == b { return 0 }
            if a / 32 == b % 32, a % 32 == b / 32 { return 1 }
            return a / 32 == b / 32 || a % 32 == b % 32 ? 2 : 4
        }
        if a == b, yearsApart <= 2 || yearsApart == 10 { return 3 }
        return yearsApart <= 2 ? 5 : 6
    }

    // MARK: Numbers

    private func comparePhones(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        guard a.pointee.phoneCount > 0, b.pointee.phoneCount > 0 else { return }
        var level = 2
        for place in 0..<Int(a.pointee.phoneCount) {
            for other in 0..<Int(b.pointee.phoneCount) {
                let (left, right) = (Int(a.pointee.extras) + place, Int(b.pointee.extras) + other)
                if extras[left] == extras[right] {
                    if level > 0 || extraRarity[left] > found.rarity[3] { found.rarity[3] = extraRarity[left] }
                    level = 0
                } else if level == 2, Self.isOneEdit(Int(extras[left]), Int(extras[right])) {
                    level = 1
                }
            }
        }
        found.levels[.phone] = level
    }

    /// One digit other, or two neighbours exchanged.
    private static func isOneEdit(_ a: Int, _ b: Int) -> Bool {
        var difference = abs(a - b)
        guard difference > 0 else { return false }
        while difference % 10 == 0 { difference /= 10 }
        // One digit: the difference is d × 10^k. Neighbours exchanged: 9 × d × 10^k.
        guard difference < 10 || (difference % 9 == 0 && difference < 90) else { return false }
        var (left, right) = (a, b)
        var differing = 0
        while left > 0 || right > 0 {
            if left % 10 != right % 10 { differing += 1 }
            left /= 10
            right /= 10
        }
        return differing <= 2
    }

    private func compareIdentifiers(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        guard a.pointee.identifierCount > 0, b.pointee.identifierCount > 0 else { return }
        let starts = (
            Int(a.pointee.extras) + Int(a.pointee.phoneCount), Int(b.pointee.extras) + Int(b.pointee.phoneCount)
        )
        var level = MatchField.missing
        for number in 0..<Int(a.pointee.identifierCount) {
            for other in 0..<Int(b.pointee.identifierCount) {
                let (left, right) = (starts.0 + 2 * number, starts.1 + 2 * other)
                let isSound = extras[left] >= 0 && extras[right] >= 0
                guard Self.type(extras[left]) == Self.type(extras[right]) else { continue }
                if extras[left + 1] == extras[right + 1] {
                    found.rarity[4] = level == 0 ? max(found.rarity[4], extraRarity[left + 1]) : extraRarity[left + 1]
                    level = 0
                } else if level > 1 {
                    let apart = OneEdit.distance(identifier(extras[left + 1]), identifier(extras[right + 1]), most: 2)
                    if apart <= 2 { level = 1 } else if isSound, level > 2 { level = 2 }
                }
            }
        }
        if level < MatchField.missing { found.levels[.identifier] = level }
    }

    /// Numbers whose check digits are wrong have their type inverted.
    private static func type(_ mark: Int32) -> Int32 { mark < 0 ? ~mark : mark }

    private func identifier(_ token: Int32) -> UnsafeBufferPointer<UInt8> {
        let (start, end) = (Int(identifierStarts[Int(token)]), Int(identifierStarts[Int(token) + 1]))
        return UnsafeBufferPointer(rebasing: identifierLetters[start..<end])
    }

    // MARK: Places

    private func comparePlaces(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        let depth = max(Int(a.pointee.placeCount), Int(b.pointee.placeCount))
        let common = min(Int(a.pointee.placeCount), Int(b.pointee.placeCount))
        guard common > 0 else { return }
        var shared = 0
        while shared < common, a.pointee.places[shared] == b.pointee.places[shared] { shared += 1 }
        found.levels[.place] = shared == 0 ? 4 : min(3, depth - shared)
    }

    private func address(_ a: Row, _ b: Row) -> Int {
        let (count, other) = (Int(a.pointee.addressCount), Int(b.pointee.addressCount))
        let starts = (
            Int(a.pointee.extras) + Int(a.pointee.phoneCount) + 2 * Int(a.pointee.identifierCount),
            Int(b.pointee.extras) + Int(b.pointee.phoneCount) + 2 * Int(b.pointee.identifierCount)
        )
        var taken: UInt32 = 0
        var shared = 0
        for place in 0..<count {
            for candidate in 0..<other where taken & 1 << UInt32(candidate) == 0 {
                if words.likeness(extras[starts.0 + place], extras[starts.1 + candidate]) <= .near {
                    taken |= 1 << UInt32(candidate)
                    shared += 1
                    break
                }
            }
        }
        if shared == max(count, other) { return 0 }
        let few = min(count, other)
        if shared == few { return 1 }
        if 4 * shared >= 3 * few { return 2 }
        if 2 * shared >= few { return 3 }
        return 4 * shared >= few ? 4 : 5
    }
}

extension Population {
    /// Lends the columns to a comparer for the time of `body`.
    func withComparer<Result>(_ body: (PairComparer) -> Result) -> Result {
        rows.withUnsafeBufferPointer { rows in
            extras.withUnsafeBufferPointer { extras in
                marks.withUnsafeBufferPointer { marks in
                    tokens.letters.withUnsafeBufferPointer { letters in
                        tokens.heard.withUnsafeBufferPointer { heard in
                            identifiers.starts.withUnsafeBufferPointer { starts in
                                identifiers.letters.withUnsafeBufferPointer { signs in
                                    yearRarity.withUnsafeBufferPointer { years in
                                        extraRarity.withUnsafeBufferPointer { shares in
                                            placeHashes.withUnsafeBufferPointer { places in
                                                let words = WordComparer(marks: marks, letters: letters, heard: heard)
                                                return body(
                                                    PairComparer(
                                                        rows: rows, extras: extras, words: words,
                                                        identifierStarts: starts, identifierLetters: signs,
                                                        yearRarity: years, extraRarity: shares, placeHashes: places))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Compares two persons by their numbers.
    public func compare(_ a: Int, _ b: Int) -> MatchComparison {
        precondition(rows.indices.contains(a) && rows.indices.contains(b), "both persons are in the population")
        return withComparer { $0.compare(a, b) }
    }
}
