package import Documents

/// What a demo registry holds, and what an import of it must accept and quarantine.
package struct DemoManifest: Sendable, Equatable {
    /// Lines of one kind of trouble, counted from 1 with the header as line 1.
    package struct Broken: Sendable, Equatable {
        package var kind: BrokenKind
        package var lines: [Int]
        /// Sound lines of the same households, which go to quarantine with them.
        package var companions: [Int]
    }

    package var profile: String
    package var seed: UInt64
    /// Lines after the header.
    package var rows: Int = 0
    /// Households and people that must be accepted.
    package var households: Int = 0
    package var people: Int = 0
    /// Households that must go to quarantine.
    package var brokenHouseholds: Int = 0
    /// True people among the accepted rows.
    package var truePeople: Int = 0
    /// Accepted rows that double a person, by kind.
    package var duplicates: [DuplicateKind: Int] = [:]
    package var broken: [Broken] = []

    package init(profile: String, seed: UInt64) {
        (self.profile, self.seed) = (profile, seed)
        for kind in DuplicateKind.allCases { duplicates[kind] = 0 }
        broken = BrokenKind.allCases.map { Broken(kind: $0, lines: [], companions: []) }
    }

    /// Lines that must go to quarantine, bad ones and companions.
    package var quarantined: Int { broken.reduce(0) { $0 + $1.lines.count + $1.companions.count } }

    mutating func note(_ kind: BrokenKind, lines: [Int], companions: [Int]) {
        guard let place = broken.firstIndex(where: { $0.kind == kind }) else { return }
        broken[place].lines += lines
        broken[place].companions += companions
        brokenHouseholds += 1
    }

    /// As written to manifest.json.
    package var json: JSON {
        func numbers(_ values: [Int]) -> JSON { .array(values.map { JSON(integerLiteral: $0) }) }
        var duplicates: JSONObject = [:]
        for kind in DuplicateKind.allCases {
            duplicates[kind.rawValue] = JSON(integerLiteral: self.duplicates[kind] ?? 0)
        }
        var broken: [JSON] = []
        for item in self.broken where !item.lines.isEmpty {
            broken.append(
                .object([
                    "kind": .string(item.kind.rawValue), "finding": .string(item.kind.code),
                    "lines": numbers(item.lines), "companions": numbers(item.companions),
                ]))
        }
        return .object([
            "profile": .string(profile), "seed": .string(String(seed)), "rows": JSON(integerLiteral: rows),
            "accepted": .object([
                "households": JSON(integerLiteral: households), "people": JSON(integerLiteral: people),
                "true_people": JSON(integerLiteral: truePeople),
            ]),
            "duplicates": .object(duplicates),
            "quarantined": .object([
                "households": JSON(integerLiteral: brokenHouseholds), "rows": JSON(integerLiteral: quarantined),
                "rule":
                    "A household with a bad row goes to quarantine whole: bad rows with their reasons, the others as companions.",
            ]),
            "broken": .array(broken),
        ])
    }
}
