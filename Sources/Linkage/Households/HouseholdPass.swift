/// Brings the evidence of households into the scores, round by round.
struct HouseholdPass: Sendable {
    let population: Population
    let workers: Int
    /// Members of each household.
    private let sizes: [Int32]

    init(_ population: Population, workers: Int) {
        (self.population, self.workers) = (population, workers)
        var sizes = [Int32](repeating: 0, count: population.householdCount)
        for row in population.rows where row.household >= 0 { sizes[Int(row.household)] += 1 }
        self.sizes = sizes
    }

    /// Runs of pairs between the same two households: places in `order`.
    struct Groups: Sendable {
        var order: [UInt32] = []
        var starts: [Int] = []
    }

    private func home(_ record: UInt32) -> Int32 { population.rows[Int(record)].household }

    /// Pairs sorted by their two households; pairs without two households, or within one, are left out.
    func groups(_ pairs: [ScoredPair]) -> Groups {
        var keyed: [(key: UInt64, place: UInt32)] = []
        keyed.reserveCapacity(pairs.count)
        for (place, pair) in pairs.enumerated() {
            let (a, b) = (home(pair.a), home(pair.b))
            guard a >= 0, b >= 0, a != b else { continue }
            keyed.append((UInt64(UInt32(min(a, b))) << 32 | UInt64(UInt32(max(a, b))), UInt32(place)))
        }
        keyed.sort { ($0.key, $0.place) < ($1.key, $1.place) }
        var groups = Groups()
        groups.order = keyed.map(\.place)
        for place in keyed.indices where place == 0 || keyed[place].key != keyed[place - 1].key {
            groups.starts.append(place)
        }
        groups.starts.append(keyed.count)
        return groups
    }

    /// The members of a household pair as links; `a` stands in the household with the smaller number.
    private func links(_ pairs: [ScoredPair], _ places: ArraySlice<UInt32>) -> [HouseholdPair.Link] {
        places.map { place in
            let pair = pairs[Int(place)]
            let isTurned = home(pair.a) > home(pair.b)
            return HouseholdPair.Link(
                a: Int(isTurned ? pair.b : pair.a), b: Int(isTurned ? pair.a : pair.b), bits: Double(pair.bits))
        }
    }

    /// Sets the levels of the two household fields of every pair from the scores of the round before.
    func setLevels(_ pairs: inout [ScoredPair], _ groups: Groups) async {
        let given = pairs
        let levels = await Parallel.map(groups.starts.count - 1, workers: workers) { range in
            var levels: [(place: UInt32, support: UInt8, rival: UInt8)] = []
            for group in range {
                let places = groups.order[groups.starts[group]..<groups.starts[group + 1]]
                let links = links(given, places)
                let pair = HouseholdPair(links)
                for (place, link) in zip(places, links) {
                    let hasOthers = sizes[Int(home(UInt32(link.a)))] > 1 && sizes[Int(home(UInt32(link.b)))] > 1
                    let evidence = pair.evidence(for: link.a, link.b, hasOthers: hasOthers)
                    levels.append((place, UInt8(evidence.supportLevel), UInt8(evidence.rivalLevel(bits: link.bits))))
                }
            }
            return levels
        }
        for part in levels {
            for level in part {
                pairs[Int(level.place)].found.levels[.household] = Int(level.support)
                pairs[Int(level.place)].found.levels[.rival] = Int(level.rival)
            }
        }
    }

    /// Pairs of members without a partner in two households that have others in common, which no key brought together.
    ///
    /// - Parameter shared: how many members the households must probably have in common.
    func further(
        _ pairs: [ScoredPair], _ groups: Groups, _ scorer: MatchScorer, shared: Double, floor: Double
    ) async -> [ScoredPair] {
        let homes = members(of: linkedHomes(pairs, groups))
        let parts = await Parallel.map(groups.starts.count - 1, workers: workers) { range in
            var added: [ScoredPair] = []
            population.withComparer { comparer in
                for group in range {
                    let places = groups.order[groups.starts[group]..<groups.starts[group + 1]]
                    guard let first = places.first else { continue }
                    let links = links(pairs, places)
                    let pair = HouseholdPair(links)
                    guard pair.shared >= shared else { continue }
                    let (left, right) = (home(pairs[Int(first)].a), home(pairs[Int(first)].b))
                    let known = Set(links.map { $0.a << 32 | $0.b })
                    for a in homes[min(left, right)] ?? [] where !pair.isTaken(a: Int(a)) {
                        for b in homes[max(left, right)] ?? [] where !pair.isTaken(b: Int(b)) {
                            if known.contains(Int(a) << 32 | Int(b)) { continue }
                            let found = comparer.compare(Int(min(a, b)), Int(max(a, b)))
                            guard scorer.unadjusted(found) >= floor else { continue }
                            let bits = scorer.ownScore(found)
                            added.append(
                                ScoredPair(
                                    a: min(a, b), b: max(a, b), found: found, own: Float(bits), bits: Float(bits)))
                        }
                    }
                }
            }
            return added
        }
        return Array(parts.joined())
    }

    private func linkedHomes(_ pairs: [ScoredPair], _ groups: Groups) -> Set<Int32> {
        var homes: Set<Int32> = []
        for place in groups.order where pairs[Int(place)].bits > 0 {
            homes.insert(home(pairs[Int(place)].a))
            homes.insert(home(pairs[Int(place)].b))
        }
        return homes
    }

    private func members(of homes: Set<Int32>) -> [Int32: [UInt32]] {
        var members: [Int32: [UInt32]] = [:]
        for (record, row) in population.rows.enumerated() where row.household >= 0 && homes.contains(row.household) {
            if (members[row.household]?.count ?? 0) < 32 { members[row.household, default: []].append(UInt32(record)) }
        }
        return members
    }
}
