/// Work divided among the cores, with a result that does not depend on their number.
enum Parallel {
    /// Cuts 0..<count into pieces, works on them at the same time, and gives the results in the order of the pieces.
    ///
    /// The pieces depend on `count` alone, so that sums come out the same on every machine.
    static func map<Result: Sendable>(
        _ count: Int, pieces: Int = 64, workers: Int, _ work: @Sendable @escaping (Range<Int>) -> Result
    ) async -> [Result] {
        let size = max(1, (count + pieces - 1) / pieces)
        let ranges = stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
        return await withTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: ranges.count)
            var next = 0
            while next < min(max(1, workers), ranges.count) {
                let place = next
                group.addTask { @concurrent in (place, work(ranges[place])) }
                next += 1
            }
            while let (place, result) = await group.next() {
                results[place] = result
                if next < ranges.count {
                    let place = next
                    group.addTask { @concurrent in (place, work(ranges[place])) }
                    next += 1
                }
            }
            return results.compactMap { $0 }
        }
    }
}

/// Memory that several tasks fill, each its own part.
///
/// Written only while it is made, by tasks whose parts do not overlap; read afterwards.
final class SharedArray<Element: BitwiseCopyable & Sendable> {
    let buffer: UnsafeMutableBufferPointer<Element>

    init(count: Int, of value: Element) {
        buffer = .allocate(capacity: count)
        buffer.initialize(repeating: value)
    }

    deinit { buffer.deallocate() }

    var count: Int { buffer.count }
    subscript(_ place: Int) -> Element {
        get { buffer[place] }
        set { buffer[place] = newValue }
    }
}

// Tasks write disjoint parts while it is filled, and only read it afterwards; the caller keeps the two apart.
extension SharedArray: @unchecked Sendable {}
