import Documents
package import Registry

/// Scores of the record, or of a part of it.
package struct QualityTable: Sendable {
    package struct Count: Sendable {
        package var rule: String
        /// Records that the rule is about, and those of them that break it.
        package var applies: Int
        package var fails: Int
    }

    package struct Line: Sendable {
        /// Nil for what has no area of the level, or where sources are told apart.
        package var area: Area?
        package var source: String?
        package var counts: [Count]

        /// Share of kept rules by weight in thousandths; nil when no rule is about anybody.
        package func permille(_ rules: QualityRules) -> Int? {
            var (kept, all) = (0, 0)
            for count in counts {
                let weight = rules.rule(count.rule)?.weight ?? 1
                kept += weight * (count.applies - count.fails)
                all += weight * count.applies
            }
            return all == 0 ? nil : kept * 1000 / all
        }
    }

    package var total: Line
    package var lines: [Line]
}

extension QualityTable.Line {
    /// Adds counts of further rules, and to those at hand.
    mutating func add(_ more: [QualityTable.Count]) {
        for count in more {
            if let place = counts.firstIndex(where: { $0.rule == count.rule }) {
                counts[place].applies += count.applies
                counts[place].fails += count.fails
            } else {
                counts.append(count)
            }
        }
    }
}

extension QualityTable {
    /// As kept: numbers by the place of the rule in `rules`.
    var json: JSON {
        let codes = total.counts.map(\.rule)
        func numbers(_ line: Line) -> JSON {
            .array(
                codes.map { code in
                    let count = line.counts.first { $0.rule == code }
                    return [.number(JSONNumber(count?.applies ?? 0)), .number(JSONNumber(count?.fails ?? 0))]
                })
        }
        return [
            "rules": .array(codes.map { .string($0) }), "total": numbers(total),
            "lines": .array(
                lines.map { line in
                    [
                        "area": line.area.map { .string($0.reference) } ?? .null,
                        "source": line.source.map { .string($0) } ?? .null, "counts": numbers(line),
                    ]
                }),
        ]
    }

    /// - Parameter rules: those of the profile now; what was counted by another is left out.
    init?(_ json: JSON, _ rules: QualityRules, areas: AreaIndex) {
        guard let codes = json["rules"]?.array?.map({ $0.string ?? "" }), let total = json["total"],
            let lines = json["lines"]?.array
        else { return nil }
        func counts(_ numbers: JSON?) -> [Count] {
            zip(codes, numbers?.array ?? []).compactMap { code, pair in
                guard rules.rule(code) != nil, let applies = pair[0]?.int, let fails = pair[1]?.int else { return nil }
                return Count(rule: code, applies: applies, fails: fails)
            }
        }
        self.total = Line(counts: counts(total))
        self.lines = lines.map { line in
            Line(
                area: line["area"]?.string.flatMap { areas.area($0) }, source: line["source"]?.string,
                counts: counts(line["counts"]))
        }
    }
}
