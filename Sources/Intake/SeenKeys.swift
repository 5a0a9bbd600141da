import Foundation
import Groundwork
import Postgres
import Registry
import Synchronization

/// Remembers in little memory which keys a file has had, so that the database is asked only about those that may be repeated.
///
/// A Bloom filter of seven probes: it never forgets a key, and takes about one new key in ten thousand for an old one. For
/// imports whose every accepted key stands in `registry.source_record`; keys of lines held back stand in `intake.seen_key`.
final class SeenKeys: Sendable {
    private let bits: Mutex<[UInt64]>
    private let mask: UInt64

    /// Room for one key in so many bytes of the file.
    private static let bytesPerKey: Int = 64
    private static let bitsPerKey: Int = 20
    private static let probes: UInt64 = 7
    /// 64 MB; beyond it there are only more questions.
    private static let mostBits: Int = 1 << 29

    init(fileSize: Int) {
        let wanted = min(max(1 << 16, fileSize / Self.bytesPerKey * Self.bitsPerKey), Self.mostBits)
        var size = 1 << 16
        while size < wanted { size *= 2 }
        mask = UInt64(size - 1)
        bits = Mutex(Array(repeating: 0, count: size / 64))
    }

    private static func halves(_ key: UUID) -> (UInt64, UInt64) {
        withUnsafeBytes(of: key.uuid) {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self) | 1)
        }
    }

    func insert(_ keys: some Sequence<UUID>) {
        bits.withLock { bits in
            for key in keys {
                let (start, step) = Self.halves(key)
                for probe in 0..<Self.probes {
                    let bit = (start &+ probe &* step) & mask
                    bits[Int(bit >> 6)] |= 1 << (bit & 63)
                }
            }
        }
    }

    /// Those that may have been met before.
    func suspects(among keys: some Sequence<UUID>) -> [UUID] {
        bits.withLock { bits in
            keys.filter { key in
                let (start, step) = Self.halves(key)
                return (0..<Self.probes).allSatisfy { probe in
                    let bit = (start &+ probe &* step) & mask
                    return bits[Int(bit >> 6)] & (1 << (bit & 63)) != 0
                }
            }
        }
    }

    /// Meets again what an import that was stopped had met.
    func recall(_ batch: ImportBatch, from database: Database, as mandate: Mandate) async throws(IntakeFault) {
        do {
            try await database.read(as: mandate) { (tx: borrowing Transaction) async throws -> Void in
                try await tx.forEachBatch(
                    "SELECT subject_kind, source_key FROM registry.source_record WHERE source = \(batch.source)",
                    size: 10_000
                ) { rows in
                    insert(try rows.map { try Mark.of(kind: $0.get(0), key: $0.get(1)) })
                }
                try await tx.forEachBatch("SELECT hash FROM intake.seen_key WHERE batch_id = \(batch.id)", size: 10_000)
                {
                    rows in
                    insert(try rows.map { try $0.get(0, as: UUID.self) })
                }
            }
        } catch {
            throw IntakeFault(any: error)
        }
    }
}
