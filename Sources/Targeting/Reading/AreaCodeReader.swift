import Groundwork
import Postgres
import Registry
import Scorecards

/// Tells the area of a household in the codes of one level of one division.
struct AreaCodeReader: Sendable {
    private let segments: [AreaSegment]
    private let codes: [Int: String]

    /// Lines of a crosswalk below this are not read by: a wrong province is worse than an open one.
    private static let least: CrosswalkConfidence = .likely

    /// - Parameter others: codes by area id, of the system that the formula names; nil for the division's own.
    init?(_ wanted: AreaCodes, _ index: AreaIndex, others: [Int: String]?) {
        guard let level = index.levels(of: wanted.geography).first(where: { $0.name == wanted.level })?.level else {
            return nil
        }
        segments = index.segments(of: wanted.geography, level: level).filter { $0.confidence >= Self.least }
            .sorted { $0.orders.lowerBound < $1.orders.lowerBound }
        var codes: [Int: String] = [:]
        for segment in segments where codes[segment.area] == nil {
            codes[segment.area] = others.map { $0[segment.area] } ?? index[segment.area]?.code
        }
        self.codes = codes
    }

    /// Nil for an area that the division does not know, or knows by no code.
    func code(at order: Int) -> String? {
        var (low, high) = (0, segments.count)
        while low < high {
            let middle = (low + high) / 2
            if segments[middle].orders.upperBound < order { low = middle + 1 } else { high = middle }
        }
        guard low < segments.count, segments[low].orders.contains(order) else { return nil }
        return codes[segments[low].area]
    }

    /// Codes by area of one system.
    static func codes(of system: String, in tx: borrowing Transaction) async throws -> [Int: String] {
        var result: [Int: String] = [:]
        for row in try await tx.query("SELECT area_id, code FROM registry.area_code WHERE system = \(system)") {
            result[Int(try row.get(0, as: Int32.self))] = try row.get(1)
        }
        return result
    }
}
