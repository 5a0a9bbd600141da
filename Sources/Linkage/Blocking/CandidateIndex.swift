/// Which records share a key with which: blocks of at most so many records, and for each record the blocks it stands in.
public struct CandidateIndex: Sendable {
    /// Records block after block, in rising order within each; the last of a block is marked.
    let members: SharedArray<UInt32>
    /// For each record, its places in `members`.
    let places: SharedArray<UInt32>
    let starts: SharedArray<UInt32>
    let figures: Figures

    static let last: UInt32 = 1 << 31

    /// What making the index met.
    public struct Figures: Sendable, Hashable {
        public var keys: Int = 0
        public var blocks: Int = 0
        /// Blocks beyond the cap, which were replaced by narrower ones.
        public var tooLarge: Int = 0
        /// Blocks that stayed beyond the cap with all narrower keys; their records meet their likest neighbours only.
        public var cut: Int = 0
    }

    /// - Parameters:
    ///   - cap: the largest block; 60 is usual for a batch.
    ///   - skipped: records that take no part, by number.
    static func make(
        _ population: Population, cap: Int, skipped: Set<Int> = [], workers: Int
    ) async -> CandidateIndex {
        var maker = CandidateIndexMaker(population: population, cap: max(2, cap), skipped: skipped, workers: workers)
        return await maker.make()
    }

    /// Calls `visit` for each pair of the records in `range` with a later one that shares a block; each pair once.
    ///
    /// - Parameter seen: as many elements as there are records, all `UInt32.max`; for one task alone.
    func forEachPair(
        of range: Range<Int>, seen: UnsafeMutableBufferPointer<UInt32>, _ visit: (Int, Int) -> Void
    ) {
        for record in range {
            for index in Int(starts[record])..<Int(starts[record + 1]) {
                var place = Int(places[index])
                while members[place] & Self.last == 0 {
                    place += 1
                    let other = Int(members[place] & ~Self.last)
                    if seen[other] == UInt32(record) { continue }
                    seen[other] = UInt32(record)
                    visit(record, other)
                }
            }
        }
    }
}

/// Collects keys, sorts them, and narrows the blocks that are too large.
struct CandidateIndexMaker {
    let population: Population
    let cap: Int
    let skipped: Set<Int>
    let workers: Int
    private var figures = CandidateIndex.Figures()
    private var members: [UInt32] = []
    private let recordBits: UInt64

    init(population: Population, cap: Int, skipped: Set<Int>, workers: Int) {
        (self.population, self.cap, self.skipped, self.workers) = (population, cap, skipped, workers)
        recordBits = UInt64(max(1, 64 - (population.count).leadingZeroBitCount))
    }

    private enum Step { case base, narrower, narrowest }

    mutating func make() async -> CandidateIndex {
        let base = await entries(.base, of: nil)
        figures.keys = base.count
        members.reserveCapacity(base.count / 2)
        let large = takeBlocks(base, isLast: false)
        figures.tooLarge = large.count
        if !large.isEmpty {
            let still = takeBlocks(await entries(.narrower, of: large), isLast: false)
            if !still.isEmpty { _ = takeBlocks(await entries(.narrowest, of: still), isLast: true) }
        }
        return await finish()
    }

    /// Key and record in one number, sorted; the record stands in the lower bits.
    ///
    /// - Parameter large: upper bits of the keys that were too large in the step before; nil for all keys.
    private func entries(_ step: Step, of large: Set<UInt64>?) async -> SharedArray<UInt64> {
        let (population, skipped, bits) = (population, skipped, recordBits)
        let parts = await Parallel.map(population.count, workers: workers) { range in
            var parts = [[UInt64]](repeating: [], count: 256)
            population.withComparer { comparer in
                var maker = BlockingKeyMaker(comparer)
                for record in range where !skipped.contains(record) {
                    maker.read(record)
                    for key in maker.keys {
                        for hash in Self.hashes(key, step, large, bits, maker) {
                            parts[Int(hash >> 56)].append((hash &>> bits) &<< bits | UInt64(record))
                        }
                    }
                }
            }
            return parts
        }
        var offsets = [0]
        for bucket in 0..<256 { offsets.append(offsets[bucket] + parts.reduce(0) { $0 + $1[bucket].count }) }
        let sorted = SharedArray<UInt64>(count: offsets[256], of: 0)
        let bounds = offsets
        _ = await Parallel.map(256, pieces: 256, workers: workers) { range in
            for bucket in range {
                var place = bounds[bucket]
                for part in parts {
                    for entry in part[bucket] {
                        sorted[place] = entry
                        place += 1
                    }
                }
                var slice = UnsafeMutableBufferPointer(rebasing: sorted.buffer[bounds[bucket]..<place])
                slice.sort()
            }
        }
        return sorted
    }

    private static func hashes(
        _ key: BlockingKeyMaker.Key, _ step: Step, _ large: Set<UInt64>?, _ bits: UInt64, _ maker: BlockingKeyMaker
    ) -> [UInt64] {
        let hash = key.hash
        guard let large else { return [hash] }
        if key.family.givesWay { return [] }
        switch step {
        case .base: return [hash]
        case .narrower: return large.contains(hash >> bits) ? maker.narrower(hash) : []
        case .narrowest:
            // A narrowed key that is still too large gives way to the narrowest of its base.
            return maker.narrower(hash).contains { large.contains($0 >> bits) } ? [maker.narrowest(hash)] : []
        }
    }

    /// Keeps the blocks within the cap, and names the others.
    private mutating func takeBlocks(_ entries: SharedArray<UInt64>, isLast: Bool) -> Set<UInt64> {
        var large: Set<UInt64> = []
        let mask = (UInt64(1) << recordBits) - 1
        var start = 0
        while start < entries.count {
            let key = entries[start] >> recordBits
            var end = start + 1
            while end < entries.count, entries[end] >> recordBits == key { end += 1 }
            if end - start > 1 {
                if end - start <= cap {
                    append((start..<end).map { UInt32(truncatingIfNeeded: entries[$0] & mask) })
                } else if isLast {
                    cut((start..<end).map { UInt32(truncatingIfNeeded: entries[$0] & mask) })
                } else {
                    large.insert(key)
                }
            }
            start = end
        }
        return large
    }

    private mutating func append(_ block: [UInt32]) {
        members.append(contentsOf: block)
        members[members.count - 1] |= CandidateIndex.last
        figures.blocks += 1
    }

    /// Puts the likest records side by side and takes overlapping runs of them.
    private mutating func cut(_ block: [UInt32]) {
        figures.cut += 1
        let rows = population.rows
        let sorted = block.sorted { left, right in
            let (a, b) = (rows[Int(left)], rows[Int(right)])
            return (a.firstFamily, a.firstGiven, a.day, a.digest, left) < (
                b.firstFamily, b.firstGiven, b.day, b.digest, right
            )
        }
        var start = 0
        while start + cap / 2 < sorted.count || start == 0 {
            append(sorted[start..<min(sorted.count, start + cap)].sorted())
            start += max(1, cap / 2)
        }
    }

    private mutating func finish() async -> CandidateIndex {
        let count = population.count
        let starts = SharedArray<UInt32>(count: count + 1, of: 0)
        for member in members { starts[Int(member & ~CandidateIndex.last) + 1] += 1 }
        for record in 0..<count { starts[record + 1] += starts[record] }
        let places = SharedArray<UInt32>(count: members.count, of: 0)
        let shared = SharedArray<UInt32>(count: members.count, of: 0)
        var next = [UInt32](repeating: 0, count: count)
        for (place, member) in members.enumerated() {
            let record = Int(member & ~CandidateIndex.last)
            places[Int(starts[record] + next[record])] = UInt32(place)
            next[record] += 1
            shared[place] = member
        }
        return CandidateIndex(members: shared, places: places, starts: starts, figures: figures)
    }
}
