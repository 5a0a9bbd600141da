import Documents
import Foundation
import Glibc
import Groundwork
import Matching
import Postgres
import Registry
import Runtime

/// One call of `kith match review`.
struct MatchReviewFile: MatchWork {
    private enum Way: Sendable {
        case out(String)
        case back(String)
    }

    private let way: Way
    private let band: MatchPolicy.Band?
    private let limit: Int

    init(_ invocation: Invocation) throws {
        switch (invocation.option("export"), invocation.option("import")) {
        case (let path?, nil): way = .out(path)
        case (nil, let path?): way = .back(path)
        default: throw RoofFault.usage("kith match review takes --export FILE or --import FILE.")
        }
        band = try invocation.option("band").map { text in
            guard let band = MatchPolicy.Band(rawValue: text) else {
                throw RoofFault.usage("--band takes review or strong.")
            }
            return band
        }
        limit = try invocation.integer("limit", in: 1...10_000_000) ?? 10_000
    }

    func answer(_ house: House, _ mandate: Mandate, _ console: Console) async throws -> ExitCode {
        let clock = house.clock
        let today: @Sendable () -> CalendarDate = { clock.today }
        let review = MatchReview(
            database: house.database, matcher: try house.matcher,
            queue: MatchQueue(registrar: Registrar(context: house.context, today: today)), today: today)
        switch way {
        case .out(let path):
            let file = try OutputFile(path)
            let count = try await review.export(band: band, limit: limit, as: mandate) { try file.write($0) }
            try file.close()
            console.note("wrote \(Grouped.count(count, "pair")); the file holds personal data: keep it closed")
            return .ok
        case .back(let path):
            let file = try InputFile(path)
            let report = try await review.read({ try file.next() }, as: mandate)
            console.result(Self.text(report), Self.object(report))
            return report.refusals.isEmpty ? .ok : .refused
        }
    }

    private static func text(_ report: ReviewReport) -> String {
        let decided = MatchVerdict.allCases.compactMap { verdict in
            report.decided[verdict].map { "\(Grouped.number($0)) \(verdict.rawValue)" }
        }
        var lines = [
            (decided.isEmpty ? "nothing decided" : "decided: " + decided.joined(separator: ", "))
                + "; \(Grouped.count(report.empty, "line")) without a decision"
        ]
        for refusal in report.refusals.prefix(100) {
            lines.append("line \(refusal.line): \(refusal.code): \(refusal.summary)")
        }
        if report.refusals.count > 100 { lines.append("and \(Grouped.number(report.refusals.count - 100)) more") }
        return lines.joined(separator: "\n")
    }

    private static func object(_ report: ReviewReport) -> JSONObject {
        var decided: JSONObject = [:]
        for verdict in MatchVerdict.allCases where report.decided[verdict] != nil {
            decided[verdict.rawValue] = .number(JSONNumber(report.decided[verdict] ?? 0))
        }
        return [
            "decided": .object(decided), "empty": .number(JSONNumber(report.empty)),
            "refusals": .array(
                report.refusals.map {
                    ["line": .number(JSONNumber($0.line)), "code": .string($0.code), "summary": .string($0.summary)]
                }),
        ]
    }
}

/// A file that is read piece by piece; `-` is standard input.
final class InputFile: Sendable {
    private let handle: FileHandle
    private let path: String

    init(_ path: String) throws(RoofFault) {
        self.path = path == "-" ? path : Ground.absolute(path)
        guard let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: self.path) else {
            throw .fileUnreadable(self.path, reason: "it is not there, or this user may not read it")
        }
        self.handle = handle
    }

    /// The next piece; nil at the end.
    func next() throws(RoofFault) -> [UInt8]? {
        do {
            guard let data = try handle.read(upToCount: 1 << 20), !data.isEmpty else { return nil }
            return [UInt8](data)
        } catch {
            throw .fileUnreadable(path, reason: Files.reason(error))
        }
    }
}

/// A file that is written piece by piece, for its owner's eyes; `-` is standard output.
final class OutputFile: Sendable {
    private let descriptor: Int32
    private let path: String

    init(_ path: String) throws(RoofFault) {
        self.path = path == "-" ? path : Ground.absolute(path)
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        descriptor = path == "-" ? STDOUT_FILENO : open(self.path, flags, 0o600)
        guard descriptor >= 0 else { throw .fileUnwritable(self.path, reason: Files.systemReason()) }
        // The mode above counts only for a file that was not there before; a device keeps its own.
        var status = stat()
        if path != "-",
            fstat(descriptor, &status) != 0
                || status.st_mode & S_IFMT == S_IFREG && fchmod(descriptor, 0o600) != 0
        {
            let reason = Files.systemReason()
            _ = Glibc.close(descriptor)
            throw .fileUnwritable(self.path, reason: reason)
        }
    }

    func write(_ bytes: [UInt8]) throws(RoofFault) {
        guard Files.writeAll(bytes, to: descriptor) else {
            throw .fileUnwritable(path, reason: Files.systemReason())
        }
    }

    /// Leaves a file behind that holds nothing; what went to standard output is out.
    func discard() throws(RoofFault) {
        guard descriptor != STDOUT_FILENO else { return }
        _ = ftruncate(descriptor, 0)
        try close()
    }

    func close() throws(RoofFault) {
        guard descriptor != STDOUT_FILENO else { return }
        guard Glibc.close(descriptor) == 0 else { throw .fileUnwritable(path, reason: Files.systemReason()) }
    }
}
