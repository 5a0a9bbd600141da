import Groundwork
package import Postgres

/// Sorts rows by the areas of one level, inside the database, by their preorder numbers.
///
/// An area's end is a bound as well as its beginning, so that what lies between areas of the level, such as a household
/// known to live in a province and no more, counts for none of them.
package struct AreaBuckets: Sendable {
    /// The areas in order.
    package let areas: [Area]
    private let bounds: [Int32]
    private let byBucket: [Int: Area]

    /// - Parameter outer: only areas within; nil for all.
    package init(_ index: AreaIndex, level: Int, within outer: Area? = nil) {
        areas = index.areas.filter { area in
            area.level == level && (outer.map { $0.range.contains(area.preorder) } ?? true)
        }
        let bounds = Set(areas.flatMap { [Int32($0.preorder), Int32($0.lastPreorder + 1)] }).sorted()
        var byBucket: [Int: Area] = [:]
        let places = Dictionary(bounds.enumerated().map { ($1, $0 + 1) }, uniquingKeysWith: { first, _ in first })
        for area in areas { byBucket[places[Int32(area.preorder)] ?? 0] = area }
        // An array without bounds is none for width_bucket.
        (self.bounds, self.byBucket) = (bounds.isEmpty ? [0] : bounds, byBucket)
    }

    /// The number of the bucket in which a row lies; NULL for one without an area.
    package func bucket(_ column: String) -> SQL {
        "width_bucket(\(unchecked: column), \(bounds)::int[])"
    }

    /// The area of a bucket; nil for what lies in none.
    package subscript(bucket: Int?) -> Area? { bucket.flatMap { byBucket[$0] } }
}

extension AreaIndex {
    /// The levels of the geography in force, from the top, with their names.
    package var levels: [(level: Int, name: String)] {
        var names: [Int: String] = [:]
        for area in areas where area.geography == current && names[area.level] == nil {
            names[area.level] = area.levelName
        }
        return names.sorted { $0.key < $1.key }.map { (level: $0.key, name: $0.value) }
    }
}
