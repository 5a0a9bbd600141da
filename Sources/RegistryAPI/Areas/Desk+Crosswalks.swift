import Documents
import Groundwork
import Registry
import Search
import Web

extension Desk {
    private static let pair: [Route.Parameter] = [
        .path("from", .text, "Code of the former division."), .path("to", .text, "Code of the division that followed."),
    ]

    var crosswalkRoutes: [Route] {
        [
            .get(
                "/api/v1/areas/crosswalks", needs: .readRegistry, "List the crosswalks between divisions",
                operation: Operations.read("listCrosswalks", .areas, answer: "Crosswalks"),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    return CrosswalkAnswer.list(context.areas.index)
                }),
            .get(
                "/api/v1/areas/crosswalks/{from}/{to}", needs: .readRegistry, "Read the lines of a crosswalk",
                operation: Operations.read(
                    "readCrosswalk", .areas, answer: "CrosswalkLines",
                    Self.pair + [
                        .query(
                            "confidence", .choice(CrosswalkConfidence.allCases.map(\.rawValue)),
                            "Only lines of this confidence; `unresolved` lines are candidates that nothing is read by."),
                        .query("area", "Only lines that name this area, or one below it."),
                        Operations.limit(500, standard: 100), Operations.after,
                    ], note: "In the order of a walk through the former division."),
                answered(readCrosswalk)),
            .get(
                "/api/v1/areas/crosswalks/{from}/{to}/report", needs: .readRegistry,
                "Report what a crosswalk leaves open",
                operation: Operations.read(
                    "reportCrosswalk", .areas, answer: "CrosswalkReport", Self.pair,
                    note:
                        "Lines and areas by confidence, every area that is not resolved, and how many records stand there."
                ),
                answered { call in
                    var query = QueryReader(call.request)
                    try query.finish()
                    let crosswalk = try crosswalk(call)
                    let report = try await reading(call) { tx in
                        try await searcher.report(crosswalk, today: today, in: tx)
                    }
                    return .json(report.json.serialized())
                }),
        ]
    }

    private func crosswalk(_ call: Call) throws(APIFault) -> Crosswalk {
        let (from, to) = (call.request.parameter("from"), call.request.parameter("to"))
        guard let found = context.areas.index.crosswalks.first(where: { $0.from == from && $0.to == to }) else {
            throw .crosswalkNotFound
        }
        return found
    }

    private func readCrosswalk(_ call: Call) async throws -> Response {
        let crosswalk = try crosswalk(call)
        let index = context.areas.index
        var query = QueryReader(call.request)
        let confidence = query.choice("confidence", CrosswalkConfidence.self)
        let within = query.text("area").flatMap { reference -> Area? in
            if let area = index.area(reference) { return area }
            query.refuse("area", "area.unknown", "No area has this code; look it up by name.")
            return nil
        }
        let limit = query.int("limit", in: 1...500) ?? 100
        let after = query.int("after", in: 0...Int(Int32.max)) ?? 0
        try query.finish()
        let places = crosswalk.lines.indices.filter { place in
            let line = crosswalk.lines[place]
            guard place >= after, confidence.map({ line.confidence == $0 }) ?? true else { return false }
            guard let within else { return true }
            return [index.area("\(crosswalk.from):\(line.from)"), index.area("\(crosswalk.to):\(line.to)")]
                .contains { $0.map { within.range.contains($0.preorder) } ?? false }
        }
        let next = places.count > limit ? String(places[limit]) : nil
        return CrosswalkAnswer.page(crosswalk, places.prefix(limit).map { crosswalk.lines[$0] }, index, next: next)
    }
}

/// Crosswalks as answered.
enum CrosswalkAnswer {
    static func list(_ index: AreaIndex) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("crosswalks")
            writer.array { writer in
                for crosswalk in index.crosswalks {
                    let summary = CrosswalkSummary(crosswalk, index)
                    writer.object { writer in
                        writer.member("from", crosswalk.from)
                        writer.member("to", crosswalk.to)
                        writer.member("lines", CrosswalkReport.counted(summary.lines))
                        writer.member("unresolved", summary.open.count)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    static func page(_ crosswalk: Crosswalk, _ lines: [CrosswalkLine], _ index: AreaIndex, next: String?) -> Response {
        var writer = JSONWriter(capacity: 400 * (1 + lines.count))
        writer.object { writer in
            writer.member("from", crosswalk.from)
            writer.member("to", crosswalk.to)
            writer.key("lines")
            writer.array { writer in
                for line in lines {
                    writer.object { writer in
                        writer.key("from")
                        AnswerStyle.write(index.area("\(crosswalk.from):\(line.from)"), to: &writer)
                        writer.key("to")
                        AnswerStyle.write(index.area("\(crosswalk.to):\(line.to)"), to: &writer)
                        writer.member("relation", line.relation.rawValue)
                        // A share is exact: text, so that no reader makes a binary fraction of it.
                        writer.member("weight", line.weight.map { "\($0)" })
                        writer.member("confidence", line.confidence.rawValue)
                        writer.member("rule", line.rule)
                        writer.member("evidence", line.evidence)
                        writer.member("is_stated", line.isStated)
                    }
                }
            }
            writer.member("next", next)
        }
        return .json(writer.bytes)
    }
}
