import Access
import Documents
import Groundwork
import Postgres
import Profiles
import Registry
import Runtime
import Search

/// `kith areas crosswalk report`: what the installed crosswalks say, what they leave open, and who stands there.
enum CrosswalkReportCommand {
    static func run(_ invocation: Invocation) async throws -> ExitCode {
        let ground = try Ground(invocation)
        let (from, to) = (invocation.option("from"), invocation.option("to"))
        return try await Store.withHouse(ground, purpose: "kith areas") { house in
            let index = house.context.areas.index
            let chosen = index.crosswalks.filter { $0.from == from ?? $0.from && $0.to == to ?? $0.to }
            if chosen.isEmpty, from != nil || to != nil {
                throw RoofFault.missing("No such crosswalk is installed; kith areas crosswalk report names all.")
            }
            let searcher = Searcher(context: house.context)
            let today = house.clock.today
            let reports = try await house.database.read(
                as: Mandate(actor: Actors.system, purpose: .operation)
            ) { tx in
                var reports: [CrosswalkReport] = []
                for crosswalk in chosen { reports.append(try await searcher.report(crosswalk, today: today, in: tx)) }
                return reports
            }
            invocation.console.result(
                reports.isEmpty
                    ? "\(house.profile.code): no crosswalk is installed"
                    : reports.map { text($0, index) }.joined(separator: "\n\n"),
                ["crosswalks": .array(reports.map(\.json))])
            return ExitCode.ok
        } ?? .tryAgain
    }

    private static func text(_ report: CrosswalkReport, _ index: AreaIndex) -> String {
        let summary = report.summary
        var lines = ["\(summary.from) to \(summary.to)"]
        let all = summary.lines.values.reduce(0, +)
        lines.append("  lines: \(Grouped.number(all)) (\(words(summary.lines)))")
        for level in summary.levels {
            lines.append(
                "  \(level.name) of \(level.geography) as \(level.toldName): "
                    + "\(Grouped.number(level.total)) (\(words(level.areas)))")
        }
        lines.append("  records that cannot be told, of all:")
        for standing in report.standings {
            lines.append(
                "    as \(standing.name) of \(standing.geography): households \(share(standing.households)), "
                    + "people \(share(standing.people))")
        }
        lines.append("  unresolved areas: \(Grouped.number(summary.open.count))")
        for open in summary.open {
            let path = index.path(to: open.area).dropFirst().map(\.name).joined(separator: " / ")
            let candidates = open.candidates.map { "\($0.code) \($0.name)" }.joined(separator: ", ")
            lines.append(
                "    \(open.area.reference) \(path)" + (candidates.isEmpty ? "" : " — in question: \(candidates)"))
        }
        return lines.joined(separator: "\n")
    }

    private static func words(_ counts: [CrosswalkConfidence: Int]) -> String {
        CrosswalkConfidence.allCases.reversed().map { "\(Grouped.number(counts[$0] ?? 0)) \($0.rawValue)" }
            .joined(separator: ", ")
    }

    private static func share(_ counts: AreaCounts) -> String {
        "\(Grouped.number(counts.unresolved + counts.withoutArea)) of \(Grouped.number(counts.total))"
    }
}
