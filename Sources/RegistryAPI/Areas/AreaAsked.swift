import Documents
import Registry
import Search
import Web

/// The areas that a filter names, in whichever division, and the numbers on which records that fit may stand.
struct AreaAsked: Sendable {
    let index: AreaIndex
    /// Given by the caller; without it, areas of the division in force mean what stands on them alone.
    var confidence: CrosswalkConfidence?
    private(set) var areas: [Area] = []

    init(index: AreaIndex) {
        self.index = index
    }

    private var least: CrosswalkConfidence { confidence ?? .likely }

    /// Whether the crosswalk has a say about the area.
    private func crosses(_ area: Area) -> Bool {
        confidence != nil || area.geography != index.current
    }

    mutating func ranges(of area: Area) -> [ClosedRange<Int>] {
        guard crosses(area) else { return [area.range] }
        areas.append(area)
        return index.ranges(of: area, atLeast: least)
    }

    /// The condition: one bound on the numbers for each division, so that each is a range of the index.
    func query(_ ranges: [ClosedRange<Int>]) -> RegistryQuery {
        var blocks: [(geography: String, ranges: [ClosedRange<Int>])] = []
        for range in ranges {
            let geography = index.area(order: range.lowerBound)?.geography ?? ""
            if let place = blocks.firstIndex(where: { $0.geography == geography }) {
                blocks[place].ranges.append(range)
            } else {
                blocks.append((geography, [range]))
            }
        }
        let parts = blocks.map { RegistryQuery.within($0.ranges) }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    /// Areas of other divisions that may lie in those asked for, but not surely enough; nil when none was asked across.
    var leftOut: LeftOut? {
        guard !areas.isEmpty else { return nil }
        var found: [Int: Area] = [:]
        var ranges: [ClosedRange<Int>] = []
        for area in areas {
            for other in index.leftOut(of: area, atLeast: least) {
                found[other.id] = other
                ranges += index.unread(below: other, in: area.geography, level: area.level, atLeast: least)
            }
        }
        return LeftOut(
            confidence: least, areas: found.values.sorted { $0.preorder < $1.preorder }, ranges: ranges, records: 0)
    }

    /// What an answer left out, for want of confidence.
    struct LeftOut: Sendable {
        var confidence: CrosswalkConfidence
        var areas: [Area]
        /// Where those records stand.
        var ranges: [ClosedRange<Int>]
        /// Records of the kind searched that stand there, whatever else was asked of them.
        var records: Int

        private static let mostNamed: Int = 50

        func write(to writer: inout JSONWriter) {
            writer.object { writer in
                writer.member("confidence", confidence.rawValue)
                writer.member("areas", areas.count)
                writer.member("records", records)
                writer.key("first")
                writer.array { writer in
                    for area in areas.prefix(Self.mostNamed) { AnswerStyle.write(area, to: &writer) }
                }
            }
        }
    }
}
