package import Documents
package import Groundwork
package import Postgres
package import Registry

/// What a crosswalk says, what it leaves open, and how many records stand on areas that it does not tell.
package struct CrosswalkReport: Sendable {
    /// Records by whether their area can be told in one division at one level.
    package struct Standing: Sendable {
        package var geography: String
        package var level: Int
        package var name: String
        package var households: AreaCounts
        package var people: AreaCounts
    }

    package var summary: CrosswalkSummary
    package var standings: [Standing]
}

extension Searcher {
    /// Counts every level of both divisions; two statements for each.
    package func report(
        _ crosswalk: Crosswalk, today: CalendarDate, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> CrosswalkReport {
        let index = context.areas.index
        var standings: [CrosswalkReport.Standing] = []
        for geography in [crosswalk.from, crosswalk.to] {
            for (level, name) in index.levels(of: geography) where level > 0 {
                let households = try await all(.household, geography, level, today, in: tx)
                let people = try await all(.person, geography, level, today, in: tx)
                standings.append(
                    CrosswalkReport.Standing(
                        geography: geography, level: level, name: name, households: households, people: people))
            }
        }
        return CrosswalkReport(summary: CrosswalkSummary(crosswalk, index), standings: standings)
    }

    private func all(
        _ subject: SubjectKind, _ geography: String, _ level: Int, _ today: CalendarDate, in tx: borrowing Transaction
    ) async throws(RegistryFault) -> AreaCounts {
        try await countsByArea(
            RegistryRequest(subject: subject, filter: .everything, today: today), in: geography, level: level,
            atLeast: .possible, in: tx)
    }
}

extension CrosswalkReport {
    /// As commands and the native API show it.
    package var json: JSON {
        [
            "from": .string(summary.from), "to": .string(summary.to), "lines": Self.counted(summary.lines),
            "areas": .array(
                summary.levels.map { level in
                    [
                        "geography": .string(level.geography), "level": .number(JSONNumber(level.level)),
                        "level_name": .string(level.name), "told_level": .number(JSONNumber(level.toldLevel)),
                        "told_level_name": .string(level.toldName), "by_confidence": Self.counted(level.areas),
                    ]
                }),
            "records": .array(
                standings.map { standing in
                    [
                        "geography": .string(standing.geography), "level": .number(JSONNumber(standing.level)),
                        "level_name": .string(standing.name), "households": Self.told(standing.households),
                        "people": Self.told(standing.people),
                    ]
                }),
            "unresolved": .array(
                summary.open.map { open in
                    [
                        "area": Self.short(open.area), "candidates": .array(open.candidates.map { Self.short($0) }),
                    ]
                }),
        ]
    }

    /// Numbers by confidence, the surest first.
    package static func counted(_ counts: [CrosswalkConfidence: Int]) -> JSON {
        let pairs = CrosswalkConfidence.allCases.reversed().map { confidence -> (String, JSON) in
            (confidence.rawValue, .number(JSONNumber(counts[confidence] ?? 0)))
        }
        return .object(JSONObject(pairs))
    }

    private static func told(_ counts: AreaCounts) -> JSON {
        [
            "total": .number(JSONNumber(counts.total)), "unresolved": .number(JSONNumber(counts.unresolved)),
            "without_area": .number(JSONNumber(counts.withoutArea)),
        ]
    }

    private static func short(_ area: Area) -> JSON {
        [
            "reference": .string(area.reference), "name": .string(area.name),
            "level": .number(JSONNumber(area.level)), "level_name": .string(area.levelName),
        ]
    }
}
