import Documents
import Groundwork
import Registry
import Search
import Web

extension Desk {
    private static let countParameters: [Route.Parameter] = [
        .query("division", "Code of the division by whose areas is counted; the one in force when not given."),
        .query(
            "level", "Level of that division, by word or number, e.g. province; the first below the top when not given."
        ),
        .query(
            "confidence", .choice(LeastConfidence.allCases.map(\.rawValue)),
            "Whoever reads less surely is counted as unresolved; likely when not given."),
    ]

    private static let countNote: String = """
        Counts by area, in whichever division the records stand. The rows, `unresolved` and `without_area` make `total`. \
        All conditions of the search are taken, attributes too.
        """

    var countRoutes: [Route] {
        [
            .get(
                "/api/v1/people/counts", needs: .search, "Count people by area",
                operation: Operations.read(
                    "countPeople", .search, answer: "AreaCounts", Self.countParameters + Self.conditions,
                    note: Self.countNote),
                answered { call in try await counts(call, .person) }),
            .get(
                "/api/v1/households/counts", needs: .search, "Count households by area",
                operation: Operations.read(
                    "countHouseholds", .search, answer: "AreaCounts", Self.countParameters + Self.conditions,
                    note: Self.countNote),
                answered { call in try await counts(call, .household) }),
        ]
    }

    private func counts(_ call: Call, _ subject: SubjectKind) async throws -> Response {
        let index = context.areas.index
        var query = QueryReader(call.request)
        let geography = index.division(&query, least: .likely)?.geography ?? index.current ?? ""
        let word = query.text("level", longest: 40) ?? "1"
        let level = index.levels(of: geography).first { $0.name == word || String($0.level) == word }
        if level == nil, query.findings.isEmpty {
            let names = index.levels(of: geography).map(\.name).joined(separator: ", ")
            query.refuse("level", "level.unknown", "\(geography) has no such level; it has \(names).")
        }
        guard let level, query.findings.isEmpty else { throw InvalidInput(query.findings, code: "query.invalid") }
        let form = try SearchForm(call.request, of: subject, context: context, besides: ["level"])
        let least = form.confidence ?? .likely
        let counts = try await reading(call) { tx in
            try await searcher.countsByArea(
                form.request(today: today), in: geography, level: level.level, atLeast: least, in: tx)
        }
        return CountAnswer.response(counts, geography, level, least)
    }
}

/// Counts by area as answered.
enum CountAnswer {
    static func response(
        _ counts: AreaCounts, _ geography: String, _ level: (level: Int, name: String), _ least: CrosswalkConfidence
    ) -> Response {
        var writer = JSONWriter(capacity: 200 * (2 + counts.rows.count))
        writer.object { writer in
            writer.member("division", geography)
            writer.member("level", level.level)
            writer.member("level_name", level.name)
            writer.member("confidence", least.rawValue)
            writer.key("counts")
            writer.array { writer in
                for row in counts.rows {
                    writer.object { writer in
                        writer.key("area")
                        AnswerStyle.write(row.area, to: &writer)
                        writer.member("count", row.count)
                        for confidence in CrosswalkConfidence.allCases.reversed() where confidence > .unresolved {
                            writer.member(confidence.rawValue, row.counts[confidence] ?? 0)
                        }
                    }
                }
            }
            writer.member("unresolved", counts.unresolved)
            writer.member("without_area", counts.withoutArea)
            writer.member("total", counts.total)
        }
        return .json(writer.bytes)
    }
}
