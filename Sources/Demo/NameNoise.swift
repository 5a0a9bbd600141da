/// Writes names as they are written in the field: heard, mistyped, translated, shortened.
struct NameNoise: Sendable {
    private let forms: [String: [String]]
    private let honorifics: [String]

    init(equivalences: [[String]], honorifics: [String]) {
        var forms: [String: [String]] = [:]
        for group in equivalences {
            for form in group { forms[form, default: []] += group.filter { $0 != form } }
        }
        (self.forms, self.honorifics) = (forms, honorifics)
    }

    /// How careful one visit is; one enumerator writes a whole household.
    enum Care: Sendable {
        case light, medium, heavy

        /// Chance that one name is written otherwise than it is spelled.
        var slip: Double {
            switch self {
            case .light: 0.03
            case .medium: 0.10
            case .heavy: 0.26
            }
        }

        static func draw(_ random: inout SeededRandom, isRepeat: Bool) -> Care {
            let draw = random.unit()
            if isRepeat { return draw < 0.5 ? .light : draw < 0.85 ? .medium : .heavy }
            return draw < 0.6 ? .light : draw < 0.9 ? .medium : .heavy
        }
    }

    struct Names: Sendable {
        var given: [String]
        var family: String
    }

    func written(_ names: Names, care: Care, _ random: inout SeededRandom) -> Names {
        var result = names
        for place in result.given.indices {
            if random.chance(care.slip * 0.8), let other = random.pick(forms[result.given[place]] ?? []) {
                result.given[place] = other
            }
            result.given[place] = slipped(result.given[place], care: care, &random)
        }
        result.family = slipped(result.family, care: care, &random)
        if result.given.count > 1, random.chance(care.slip) { result.given.swapAt(0, 1) }
        if result.given.count > 1, random.chance(care.slip * 1.5) { result.given.removeLast() }
        if result.given.count > 1, random.chance(care.slip) { result.given = [result.given.joined(separator: "-")] }
        if random.chance(care.slip * 0.25), let first = result.given.first, result.given.count == 1 {
            (result.given, result.family) = ([result.family], first)
        }
        if random.chance(care.slip * 0.2), let title = random.pick(honorifics), let first = result.given.first {
            result.given[0] = title + " " + first
        }
        if random.chance(care.slip * 0.1) { result.given = [] }
        return result
    }

    private func slipped(_ word: String, care: Care, _ random: inout SeededRandom) -> String {
        var word = word
        if random.chance(care.slip) { word = heard(word, &random) }
        if random.chance(care.slip * 0.7) { word = mistyped(word, &random) }
        if random.chance(care.slip * 0.8) { word = withoutAccents(word) }
        if random.chance(care.slip * 0.5) { word = word.uppercased() }
        return word
    }

    /// Spellings that sound alike here.
    private func heard(_ word: String, _ random: inout SeededRandom) -> String {
        let pairs = [
            ("l", "r"), ("r", "l"), ("b", "v"), ("v", "b"), ("sh", "ch"), ("ch", "sh"), ("j", "dj"), ("u", "ou"),
            ("y", "i"), ("i", "y"), ("ny", "gn"), ("c", "k"), ("z", "s"), ("nd", "n"), ("w", "u"), ("mana", "man"),
        ]
        let fitting = pairs.filter { word.dropFirst().contains($0.0) }
        guard let (from, to) = random.pick(fitting), let range = word.dropFirst().firstRange(of: from) else {
            return word
        }
        return word.replacingCharacters(in: range, with: to)
    }

    private func mistyped(_ word: String, _ random: inout SeededRandom) -> String {
        var letters = Array(word)
        guard letters.count > 3 else { return word }
        let place = 1 + random.below(letters.count - 2)
        switch random.below(4) {
        case 0: letters.remove(at: place)
        case 1: letters.insert(letters[place], at: place)
        case 2: letters.swapAt(place, place + 1)
        default: letters[place] = random.pick(Array("aeioumnrstk")) ?? "a"
        }
        return String(letters)
    }

    private func withoutAccents(_ word: String) -> String {
        let plain: [Character: Character] = [
            "é": "e", "è": "e", "ê": "e", "ë": "e", "É": "E", "á": "a", "à": "a", "â": "a", "ï": "i", "î": "i",
            "ô": "o", "ö": "o", "û": "u", "ü": "u", "ù": "u", "ç": "c",
        ]
        return String(word.map { plain[$0] ?? $0 })
    }
}

extension String {
    func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
