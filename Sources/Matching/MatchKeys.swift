import Cryptography
import Foundation
import Linkage
import Registry

/// Keys as they are kept: numbers that people carry are hashed under the master key, so that nobody can try them out.
struct MatchKeys: Sendable {
    let context: RegistryContext
    /// Keys that more people share than are looked at.
    var wide: Set<Int64>

    struct Made {
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
                key: kept(key.hash), narrower: key.narrower.map(kept), narrowest: key.narrowest.map(kept))
        }
    }

    /// The keys under which a person stands and is looked for.
    func kept(_ made: [Made]) -> [Int64] {
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
