extension PairComparer {
    /// A name as it takes part in one comparison: some words of a record.
    private struct Words {
        var tokens: SIMD4<Int32>
        var count: Int

        /// Without one of its words.
        func without(_ lane: Int) -> Words {
            var result = self
            for place in lane..<3 { result.tokens[place] = tokens[place + 1] }
            result.tokens[3] = -1
            result.count -= 1
            return result
        }
    }

    func compareNames(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        let given = Words(tokens: a.pointee.given, count: Int(a.pointee.givenCount))
        let family = Words(tokens: a.pointee.family, count: Int(a.pointee.familyCount))
        let otherGiven = Words(tokens: b.pointee.given, count: Int(b.pointee.givenCount))
        let otherFamily = Words(tokens: b.pointee.family, count: Int(b.pointee.familyCount))
        if family.count > 0, otherFamily.count > 0 {
            let first = align(given, otherGiven)
            let second = align(family, otherFamily)
            let isClose = first.close + second.close > 0 || areJoined(a, b)
            if !isClose, compareSwapped(given, family, otherGiven, otherFamily, &found) { return }
            found.levels[.order] = 0
            set(.given, first, given, otherGiven, isJoined: areJoined(a, b), &found)
            set(.family, second, family, otherFamily, isJoined: false, &found)
            if found.levels[.family] >= 7, found.levels[.family] != MatchField.missing,
                align(given, otherFamily).close > 0 || align(family, otherGiven).close > 0
            {
                found.levels[.family] = 9
            }
        } else if family.count == 0, otherFamily.count > 0 {
            compareOneField(given, otherGiven, otherFamily, &found)
        } else if otherFamily.count == 0, family.count > 0 {
            compareOneField(otherGiven, given, family, &found)
        } else {
            set(.given, align(given, otherGiven), given, otherGiven, isJoined: areJoined(a, b), &found)
        }
    }

    private func align(_ a: Words, _ b: Words) -> NameAlignment {
        words.align(a.tokens, a.count, b.tokens, b.count)
    }

    /// `Jean-Pierre` written as one word on one side.
    private func areJoined(_ a: Row, _ b: Row) -> Bool {
        if a.pointee.givenCount == 1, b.pointee.joined >= 0 {
            return words.likeness(a.pointee.given[0], b.pointee.joined) <= .near
        }
        if b.pointee.givenCount == 1, a.pointee.joined >= 0 {
            return words.likeness(b.pointee.given[0], a.pointee.joined) <= .near
        }
        return false
    }

    /// Given name in the family field and the other way round; false when that fits no better.
    private func compareSwapped(
        _ given: Words, _ family: Words, _ otherGiven: Words, _ otherFamily: Words, _ found: inout MatchComparison
    ) -> Bool {
        let first = align(given, otherFamily)
        let second = align(family, otherGiven)
        guard first.close + second.close > 0 else { return false }
        found.levels[.order] = 1
        guard given.count > 0, otherGiven.count > 0 else {
            let isFirst = given.count > 0
            found.levels[.given] =
                isFirst
                ? level(first, given, otherFamily, isJoined: false) : level(second, family, otherGiven, isJoined: false)
            found.rarity[0] = isFirst ? first.rarity : second.rarity
            return true
        }
        // The weaker agreement is told as that of the given names, whichever side comes first.
        let levels = (
            level(first, given, otherFamily, isJoined: false), level(second, family, otherGiven, isJoined: false)
        )
        let isFirst = (levels.0, first.rarity) > (levels.1, second.rarity)
        (found.levels[.given], found.levels[.family]) = isFirst ? levels : (levels.1, levels.0)
        (found.rarity[0], found.rarity[1]) =
            isFirst ? (first.rarity, second.rarity) : (second.rarity, first.rarity)
        return true
    }

    /// One side has everything in the field of given names: the word that fits best stands for the family name.
    private func compareOneField(
        _ all: Words, _ given: Words, _ family: Words, _ found: inout MatchComparison
    ) {
        var best = WordLikeness.unlike
        var place = -1
        if all.count > 1 {
            for lane in 0..<all.count {
                for other in 0..<family.count {
                    let likeness = words.likeness(all.tokens[lane], family.tokens[other])
                    if likeness < best { (best, place) = (likeness, lane) }
                }
            }
        }
        guard best <= .near else {
            set(.given, align(all, given), all, given, isJoined: false, &found)
            return
        }
        var single = Words(tokens: SIMD4(repeating: -1), count: 1)
        single.tokens[0] = all.tokens[place]
        found.levels[.order] = 2
        set(.family, align(single, family), single, family, isJoined: false, &found)
        let rest = all.without(place)
        set(.given, align(rest, given), rest, given, isJoined: false, &found)
    }

    private func set(
        _ field: MatchField, _ alignment: NameAlignment, _ a: Words, _ b: Words, isJoined: Bool,
        _ found: inout MatchComparison
    ) {
        guard a.count > 0, b.count > 0 else { return }
        found.levels[field] = level(alignment, a, b, isJoined: isJoined)
        found.rarity[MatchComparison.lane(field)] = alignment.rarity
    }

    private func level(_ found: NameAlignment, _ a: Words, _ b: Words, isJoined: Bool) -> Int {
        let (few, many) = (min(a.count, b.count), max(a.count, b.count))
        if found.equal == many { return 0 }
        if found.good == many { return 1 }
        if isJoined { return 1 }
        if found.good == few { return 2 }
        if found.close == few { return few == many ? 3 : 4 }
        if found.close + found.initial == few { return 5 }
        if found.close > 0 { return 6 }
        return found.alike > 0 ? 7 : 8
    }

    // MARK: Parents

    private enum Parent: Int {
        case missing, different, part, single, strong
    }

    /// Father and mother are one comparison: whoever shares one parent's name mostly shares the other's.
    func compareParents(_ a: Row, _ b: Row, _ found: inout MatchComparison) {
        var rarity: Float = 0
        let father = parent(
            Words(tokens: a.pointee.father, count: Int(a.pointee.fatherCount)),
            Words(tokens: b.pointee.father, count: Int(b.pointee.fatherCount)), &rarity)
        let mother = parent(
            Words(tokens: a.pointee.mother, count: Int(a.pointee.motherCount)),
            Words(tokens: b.pointee.mother, count: Int(b.pointee.motherCount)), &rarity)
        if father == .missing, mother == .missing { return }
        found.levels[.parents] = Self.parentsLevel(
            father.rawValue >= mother.rawValue ? father : mother,
            father.rawValue >= mother.rawValue ? mother : father)
        found.rarity[5] = rarity
    }

    private static func parentsLevel(_ better: Parent, _ worse: Parent) -> Int {
        switch (better, worse) {
        case (.strong, .strong): 0
        case (.strong, .single), (.strong, .part): 1
        case (.strong, .missing): 2
        case (.strong, .different): 3
        case (.single, .single), (.single, .part), (.part, .part): 4
        case (.single, .missing): 5
        case (.part, .missing): 6
        case (.single, _), (.part, _): 7
        case (_, .missing): 8
        default: 9
        }
    }

    private func parent(_ a: Words, _ b: Words, _ rarity: inout Float) -> Parent {
        guard a.count > 0, b.count > 0 else { return .missing }
        let found = align(a, b)
        rarity += found.rarity
        if found.close >= 2 { return .strong }
        guard found.close == 1 else { return .different }
        return min(a.count, b.count) == 1 ? .single : .part
    }
}
