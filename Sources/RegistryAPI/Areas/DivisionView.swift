import Documents
import Registry
import Web

/// The division in which a caller wants areas told, and how surely.
struct DivisionView: Sendable {
    let index: AreaIndex
    let geography: String
    let least: CrosswalkConfidence

    /// The area in the division, level by level; what is not known there is null and says so.
    func write(_ area: Area?, to writer: inout JSONWriter) {
        let readings = area.map { index.readings(of: $0, in: geography, atLeast: least) } ?? []
        let deepest = readings.last { $0.reading.area != nil }?.reading ?? .unresolved
        writer.object { writer in
            writer.member("division", geography)
            writer.key("area")
            AnswerStyle.write(deepest.area, to: &writer)
            writer.member("confidence", deepest.confidence.rawValue)
            writer.key("levels")
            writer.array { writer in
                for (level, name, reading) in readings {
                    writer.object { writer in
                        writer.member("level", level)
                        writer.member("level_name", name)
                        writer.key("area")
                        AnswerStyle.write(reading.area, to: &writer)
                        writer.member("confidence", reading.confidence.rawValue)
                        writer.member("rule", reading.rule)
                    }
                }
            }
        }
    }
}

/// How sure a line must be to be read by; `unresolved` is no choice.
enum LeastConfidence: String, CaseIterable {
    case certain, likely, possible

    var confidence: CrosswalkConfidence {
        switch self {
        case .certain: .certain
        case .likely: .likely
        case .possible: .possible
        }
    }
}

extension Operations {
    /// Parameters of every read that can tell areas in another division.
    static let division: [Route.Parameter] = [
        .query("division", "Code of a division: each area is told there too, in `area_in`, by the crosswalk."),
        .query(
            "confidence", .choice(LeastConfidence.allCases.map(\.rawValue)),
            "Only lines of the crosswalk that are at least so sure count; possible when not given."),
    ]
}

extension QueryReader {
    /// How sure a line must be; nil when the caller does not say.
    mutating func leastConfidence() -> CrosswalkConfidence? {
        choice("confidence", LeastConfidence.self)?.confidence
    }
}

extension AreaIndex {
    /// The division asked for; one that is not there is refused.
    func division(_ query: inout QueryReader, least: CrosswalkConfidence) -> DivisionView? {
        guard let code = query.text("division", longest: 40) else { return nil }
        guard geographies.contains(code) else {
            query.refuse(
                "division", "geography.unknown",
                "No division has this code; there are \(geographies.joined(separator: ", ")).")
            return nil
        }
        return DivisionView(index: self, geography: code, least: least)
    }
}
