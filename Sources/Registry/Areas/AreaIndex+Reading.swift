import Groundwork

/// One way from an area to an area of another division that holds it whole.
struct AreaLink: Sendable, Hashable {
    var area: Int
    var confidence: CrosswalkConfidence
    var rule: String
    /// Whether both are the same place, with nothing more in either.
    var isEqual: Bool
    /// Whether the other area holds this one whole, if the line is right.
    var isWhole: Bool
}

extension AreaIndex {
    /// The crosswalk between two divisions, whichever of them came first.
    package func crosswalk(between one: String, and other: String) -> Crosswalk? {
        crosswalks.first { ($0.from, $0.to) == (one, other) || ($0.from, $0.to) == (other, one) }
    }

    /// The area as told in another division at one level, by the surest line that holds it or an area around it.
    ///
    /// - Parameters:
    ///   - level: depth in the other division; an area known there less deeply is not resolved.
    ///   - least: lines below this confidence are passed over.
    package func reading(
        of area: Area, in geography: String, level: Int, atLeast least: CrosswalkConfidence = .possible
    ) -> AreaReading {
        if area.geography == geography {
            return ancestor(of: area, at: level).map {
                AreaReading(area: $0, confidence: .certain, rule: AreaReading.own)
            }
                ?? .unresolved
        }
        var best: (link: AreaLink, found: Area)?
        for outer in path(to: area).reversed() {
            for link in links(of: outer.id) where link.confidence >= max(least, .possible) {
                guard let found = self[link.area], found.geography == geography,
                    let cut = ancestor(of: found, at: level), link.confidence > best?.link.confidence ?? .unresolved
                else { continue }
                best = (link, cut)
            }
        }
        return best.map { AreaReading(area: $0.found, confidence: $0.link.confidence, rule: $0.link.rule) }
            ?? .unresolved
    }

    /// The area as told in another division, level by level from below the top.
    package func readings(
        of area: Area, in geography: String, atLeast least: CrosswalkConfidence = .possible
    ) -> [(level: Int, name: String, reading: AreaReading)] {
        levels(of: geography).filter { $0.level > 0 }.map {
            (level: $0.level, name: $0.name, reading: reading(of: area, in: geography, level: $0.level, atLeast: least))
        }
    }

    /// The same place in another division, where that is certain.
    package func equal(to area: Area, in geography: String) -> Area? {
        links(of: area.id).first { $0.isEqual && $0.confidence == .certain && self[$0.area]?.geography == geography }
            .flatMap { self[$0.area] }
    }

    /// Every area that reads as this one, in whichever division it stands, as preorder numbers.
    ///
    /// Its own numbers come first; those of other divisions are there by lines of at least the confidence.
    package func ranges(of area: Area, atLeast least: CrosswalkConfidence) -> [ClosedRange<Int>] {
        var ranges = [area.range]
        for segment in segments(of: area.geography, level: area.level)
        where segment.area == area.id && segment.confidence >= least && !area.range.overlaps(segment.orders) {
            ranges.append(segment.orders)
        }
        return ranges
    }

    /// Areas of other divisions that could lie in this one, by lines below the confidence, and read nowhere surely enough.
    package func leftOut(of area: Area, atLeast least: CrosswalkConfidence) -> [Area] {
        areas.filter { other in
            other.geography != area.geography
                && mentions(of: other.id).contains { mention in
                    mention.isWhole && mention.confidence < least
                        && self[mention.area].map { area.range.contains($0.preorder) } ?? false
                }
                && reading(of: other, in: area.geography, level: area.level, atLeast: least).area == nil
        }
    }

    /// The preorder numbers at and below an area that read nowhere in a division at a level, surely enough.
    package func unread(
        below area: Area, in geography: String, level: Int, atLeast least: CrosswalkConfidence
    ) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        for order in area.range {
            guard let here = self.area(order: order),
                reading(of: here, in: geography, level: level, atLeast: least).area == nil
            else { continue }
            if let last = ranges.last, last.upperBound + 1 == order {
                ranges[ranges.count - 1] = last.lowerBound...order
            } else {
                ranges.append(order...order)
            }
        }
        return ranges
    }

    /// The segments of every level of every division, for what the database keeps.
    package var allSegments: [(geography: String, level: Int, segments: [AreaSegment])] {
        geographies.flatMap { geography in
            levels(of: geography).map { (geography, $0.level, segments(of: geography, level: $0.level)) }
        }
    }

    func ancestor(of area: Area, at level: Int) -> Area? {
        guard area.level >= level else { return nil }
        return area.level == level ? area : path(to: area).first { $0.level == level }
    }

    /// How the areas of all divisions read in one division, for each of its levels; areas that do not are left out.
    ///
    /// One walk through all areas; says the same as `reading` for each of them.
    static func segments(in index: AreaIndex, of geography: String) -> [Int: [AreaSegment]] {
        let depth = index.levels(of: geography).map(\.level).max() ?? 0
        let joined = Set(
            index.crosswalks.filter { $0.from == geography || $0.to == geography }.flatMap { [$0.from, $0.to] })
        var segments: [Int: [AreaSegment]] = [:]
        // The areas around the current one, outermost first, each with the best link for every level.
        var around: [(last: Int, best: [AreaLink?])] = []
        for area in index.areas {
            if area.geography == geography {
                // Whatever lies below reads as the area itself.
                segments[area.level, default: []].append(
                    AreaSegment(orders: area.range, area: area.id, confidence: .certain))
                continue
            }
            guard joined.contains(area.geography) else { continue }
            while let outer = around.last, outer.last < area.preorder { around.removeLast() }
            let best = index.improved(around.last?.best, by: area, geography, depth)
            around.append((area.lastPreorder, best))
            for (level, link) in best.enumerated() {
                guard let link, let found = index[link.area].flatMap({ index.ancestor(of: $0, at: level) }) else {
                    continue
                }
                Self.append(area.preorder, found.id, link.confidence, to: &segments[level, default: []])
            }
        }
        return segments
    }

    /// The links of the areas around, each replaced where the area's own is as sure or surer.
    private func improved(
        _ outer: [AreaLink?]?, by area: Area, _ geography: String, _ depth: Int
    ) -> [AreaLink?] {
        var best = outer ?? [AreaLink?](repeating: nil, count: depth + 1)
        var own: [Int: AreaLink] = [:]
        for link in links(of: area.id) where link.confidence > .unresolved {
            guard let found = self[link.area], found.geography == geography else { continue }
            for level in 0...found.level where link.confidence > own[level]?.confidence ?? .unresolved {
                own[level] = link
            }
        }
        for (level, link) in own where link.confidence >= best[level]?.confidence ?? .unresolved { best[level] = link }
        return best
    }

    private static func append(
        _ order: Int, _ area: Int, _ confidence: CrosswalkConfidence, to segments: inout [AreaSegment]
    ) {
        if let last = segments.last, last.orders.upperBound + 1 == order, last.area == area,
            last.confidence == confidence
        {
            segments[segments.count - 1].orders = last.orders.lowerBound...order
        } else {
            segments.append(AreaSegment(orders: order...order, area: area, confidence: confidence))
        }
    }
}
