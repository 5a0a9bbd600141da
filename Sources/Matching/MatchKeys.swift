import Cryptography
import Foundation
import Linkage
import Registry

/// Keys as they are kept: numbers that people carry are hashed under the master key, so that nobody can try them out.
struct MatchKeys: Sendable {
    let context: RegistryContext
    /// Keys that more people share than are looked at.
    var wide: Set<Int64>
    /// What was wide under models whose keys some people still stand under.
    var former: [Set<Int64>] = []

    init(context: RegistryContext, wide: Set<Int64>) {
        (self.context, self.wide) = (context, wide)
    }

    init(context: RegistryContext, model: ActiveModel) {
        (self.context, wide, former) = (context, model.wide, model.former)
    }

    struct Made {
        var family: BlockingFamily
        var key: Int64
        var narrower: [Int64]
        /// Nil for a key that gives way where many share it.
        var narrowest: Int64?
    }

    /// The keys of one record, each with what stands in for it where it is wide.
    func made(_ record: Int, of population: Population) -> [Made] {
        population.blockingKeys(record).map { key in
            let isNumber = key.family == .identifier || key.family == .phone
            func kept(_ hash: UInt64) -> Int64 {
                guard isNumber else { return Int64(bitPattern: hash) }
                let digest = context.keys.index("match-key", withUnsafeBytes(of: hash.bigEndian) { Array($0) })
                return digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
            }
            return Made(
                family: key.family, key: kept(key.hash), narrower: key.narrower.map(kept),
                narrowest: key.narrowest.map(kept))
        }
    }

    /// The keys under which a person stands.
    func kept(_ made: [Made]) -> [Int64] { Self.kept(made, wide) }

    /// The keys under which a person is looked for: until everybody is keyed anew, also those of models before.
    func sought(_ made: [Made]) -> Set<Int64> {
        former.reduce(into: Set(kept(made))) { keys, wide in keys.formUnion(Self.kept(made, wide)) }
    }

    private static func kept(_ made: [Made], _ wide: Set<Int64>) -> [Int64] {
        var keys: Set<Int64> = []
        for one in made {
            guard wide.contains(one.key) else {
                keys.insert(one.key)
                continue
            }
            let fine = one.narrower.filter { !wide.contains($0) }
            keys.formUnion(fine)
            if fine.count < one.narrower.count, let narrowest = one.narrowest { keys.insert(narrowest) }
        }
        return keys.sorted()
    }
}
