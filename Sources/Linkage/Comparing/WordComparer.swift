/// How alike two words are, from equal to unlike.
enum WordLikeness: UInt8, Comparable {
    case equal, sound, near, initial, alike, unlike

    static func < (left: WordLikeness, right: WordLikeness) -> Bool { left.rawValue < right.rawValue }
}

/// Compares words by their numbers.
struct WordComparer {
    let marks: UnsafeBufferPointer<TokenMark>
    let letters: UnsafeBufferPointer<UInt8>
    let heard: UnsafeBufferPointer<UInt8>

    /// Jaro–Winkler from which a word counts as a slip, and from which it counts as alike, in thousandths.
    static let nearFrom = 920
    static let alikeFrom = 840

    func likeness(_ a: Int32, _ b: Int32) -> WordLikeness {
        if a == b { return .equal }
        let (left, right) = (marks[Int(a)], marks[Int(b)])
        if left.sound == right.sound { return .sound }
        if left.length == 1 || right.length == 1 {
            return letters[Int(left.start)] == letters[Int(right.start)] ? .initial : .unlike
        }
        guard Self.mayBeAlike(left, right) else { return isNearInSound(left, right) ? .near : .unlike }
        let (word, other) = (written(left), written(right))
        if min(left.length, right.length) >= 4, OneEdit.isReached(word, other) { return .near }
        let similarity = JaroWinkler.permille(word, other)
        if similarity >= Self.nearFrom || isNearInSound(left, right) { return .near }
        return similarity >= Self.alikeFrom ? .alike : .unlike
    }

    private func written(_ mark: TokenMark) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: letters[Int(mark.start)..<Int(mark.start) + Int(mark.length)])
    }

    private func isNearInSound(_ a: TokenMark, _ b: TokenMark) -> Bool {
        guard min(a.heardLength, b.heardLength) >= 4 else { return false }
        let (start, other) = (Int(a.heardStart), Int(b.heardStart))
        return OneEdit.isReached(
            UnsafeBufferPointer(rebasing: heard[start..<start + Int(a.heardLength)]),
            UnsafeBufferPointer(rebasing: heard[other..<other + Int(b.heardLength)]))
    }

    /// Whether enough letters occur in both for Jaro–Winkler to reach `alikeFrom`; most words end here.
    private static func mayBeAlike(_ a: TokenMark, _ b: TokenMark) -> Bool {
        let (long, short) = (Int(a.length), Int(b.length))
        let onlyLeft = (a.lettersPresent & ~b.lettersPresent).nonzeroBitCount
        let onlyRight = (b.lettersPresent & ~a.lettersPresent).nonzeroBitCount
        let most = min(long - onlyLeft, short - onlyRight)
        // Jaro of at least 0.733 is needed even with four equal first letters: m/a + m/b ≥ 1.2.
        return 10 * most * (long + short) >= 12 * long * short
    }

    /// −log2 of the share of persons on whom two words agree; 0 when they do not.
    func rarity(_ token: Int32, _ likeness: WordLikeness) -> Float {
        switch likeness {
        case .equal: marks[Int(token)].rarity
        case .sound: marks[Int(token)].soundRarity
        default: 0
        }
    }
}

/// How the words of two names go together, each with its best partner.
struct NameAlignment {
    var equal = 0
    var sound = 0
    var near = 0
    var initial = 0
    var alike = 0
    /// Sum over the words that agree.
    var rarity: Float = 0

    /// Words that agree but for spelling.
    var good: Int { equal + sound }
    var close: Int { equal + sound + near }
}

extension WordComparer {
    /// Gives each word its best free partner, the strongest pair first.
    func align(_ a: SIMD4<Int32>, _ count: Int, _ b: SIMD4<Int32>, _ other: Int) -> NameAlignment {
        var result = NameAlignment()
        if count == 1, other == 1 {
            note(likeness(a[0], b[0]), a[0], b[0], &result)
            return result
        }
        if count == 0 || other == 0 { return result }
        // Four bits of likeness for each of the sixteen possible pairs.
        var table: UInt64 = .max
        for left in 0..<count {
            for right in 0..<other {
                let shift = UInt64(left * 4 + right) * 4
                table = table & ~(15 << shift) | UInt64(likeness(a[left], b[right]).rawValue) << shift
            }
        }
        var freeLeft = (1 << count) - 1
        var freeRight = (1 << other) - 1
        for wanted in [WordLikeness.equal, .sound, .near, .initial, .alike] {
            for left in 0..<count where freeLeft & 1 << left != 0 {
                for right in 0..<other where freeRight & 1 << right != 0 && freeLeft & 1 << left != 0 {
                    guard table >> (UInt64(left * 4 + right) * 4) & 15 == UInt64(wanted.rawValue) else { continue }
                    note(wanted, a[left], b[right], &result)
                    freeLeft &= ~(1 << left)
                    freeRight &= ~(1 << right)
                }
            }
        }
        return result
    }

    private func note(_ likeness: WordLikeness, _ a: Int32, _ b: Int32, _ result: inout NameAlignment) {
        switch likeness {
        case .equal: result.equal += 1
        case .sound: result.sound += 1
        case .near: result.near += 1
        case .initial: result.initial += 1
        case .alike: result.alike += 1
        case .unlike: return
        }
        // The rarer of two spellings decides for neither side, so that the comparison stays symmetric.
        if likeness <= .sound { result.rarity += min(rarity(a, likeness), rarity(b, likeness)) }
    }
}
