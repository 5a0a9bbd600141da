package import Documents
import Foundation
import Groundwork
package import Linkage
package import Postgres
import Registry
import Synchronization

/// The model in force with all that scoring by it needs.
package struct ActiveModel: Sendable {
    package var version: Int
    package var model: MatchModel
    var frequencies: NameFrequencies
    var wide: Set<Int64>
    /// What was wide under earlier models, until everybody is keyed under this one.
    var former: [Set<Int64>] = []
    /// Whether everybody stands under its keys.
    var isKeyed: Bool = true
    /// Whether its run over all has come to its end.
    package var isFinished: Bool = true
    /// The place in the event log up to which its run over all had read everything.
    var readPosition: Int64 = 0
    /// How far it moved from the model before, in bits by level; nil for the first one.
    package var drift: JSON?
}

/// The models of this registry; the newest is kept in memory.
package final class MatchModels: Sendable {
    private let held: Mutex<ActiveModel?> = Mutex(nil)
    private let observer: Mutex<(@Sendable (ActiveModel) -> Void)?> = Mutex(nil)

    package init() {}

    /// Tells whenever another model is in force, for metrics.
    package func observe(_ tell: @escaping @Sendable (ActiveModel) -> Void) { observer.withLock { $0 = tell } }

    /// The model in force, or nil when none was trained yet.
    package func active(in tx: borrowing Transaction) async throws -> ActiveModel? {
        let rows = try await tx.query(
            """
            SELECT version, keyed_at IS NOT NULL, finished_at IS NOT NULL
            FROM matching.model ORDER BY version DESC LIMIT 1
            """)
        guard let newest = rows.first else { return nil }
        let (version, isKeyed, isFinished): (Int32, Bool, Bool) = (
            try newest.get(0), try newest.get(1), try newest.get(2)
        )
        if let known = held.withLock({ $0 }), known.version == Int(version), known.isKeyed == isKeyed,
            known.isFinished == isFinished
        {
            return known
        }
        let found = try await tx.query(all: [
            "SELECT document, frequencies, drift, read_pos FROM matching.model WHERE version = \(version)",
            "SELECT version, h FROM matching.wide_key",
            """
            SELECT m.version FROM matching.model AS m
            WHERE m.version < \(version) AND m.version >= COALESCE(
                (SELECT max(k.version) FROM matching.model AS k WHERE k.keyed_at IS NOT NULL), 0)
            """,
        ])
        var wide: [Int32: Set<Int64>] = [:]
        for row in found[1] { wide[try row.get(0), default: []].insert(try row.get(1)) }
        guard let row = found[0].first else { return nil }
        let (document, counts): (JSONB, JSONB) = (try row.get(0), try row.get(1))
        guard let frequencies = NameFrequencies(json: try JSON.parse(counts.bytes)) else {
            throw MatchingFault.defect("stored frequencies cannot be read")
        }
        let drift: JSONB? = try row.get(2)
        let active = ActiveModel(
            version: Int(version), model: try MatchModel(json: try JSON.parse(document.bytes)),
            frequencies: frequencies,
            wide: wide[version] ?? [],
            former: isKeyed ? [] : try found[2].map { wide[try $0.get(0, as: Int32.self)] ?? [] },
            isKeyed: isKeyed, isFinished: isFinished, readPosition: try row.get(3, as: Int64?.self) ?? 0,
            drift: try drift.map { try JSON.parse($0.bytes) })
        held.withLock { $0 = active }
        observer.withLock { $0 }?(active)
        return active
    }

    /// Puts a model in force.
    ///
    /// - Returns: its version.
    static func insert(
        _ model: MatchModel, frequencies: NameFrequencies, wide: [Int64], people: Int, drift: JSON?, read: Int64,
        in tx: borrowing Transaction
    ) async throws -> Int {
        let rows = try await tx.query(
            """
            INSERT INTO matching.model (version, name, document, frequencies, people, drift, read_pos, actor_id)
            SELECT COALESCE(max(version), 0) + 1, \(model.name), \(JSONB(model.json.serialized())),
                \(JSONB(frequencies.json().serialized())), \(Int64(people)),
                \(drift.map { JSONB($0.serialized()) }), \(read), \(tx.mandate.actor)
            FROM matching.model
            RETURNING version
            """)
        guard let version: Int32 = try rows.first?.get(0) else { throw MatchingFault.defect("the model was not kept") }
        _ = try await tx.query(
            "INSERT INTO matching.wide_key (version, h) SELECT \(version), unnest(\(wide)::bigint[])")
        return Int(version)
    }

    /// Notes that everybody stands under the keys of a model, so that nobody is looked for under those before.
    static func noteKeyed(_ version: Int, in tx: borrowing Transaction) async throws {
        _ = try await tx.query(all: [
            "UPDATE matching.model SET keyed_at = clock_timestamp() WHERE version = \(Int32(version)) AND keyed_at IS NULL",
            "DELETE FROM matching.wide_key WHERE version < \(Int32(version))",
        ])
    }

    static func noteFinished(_ version: Int, in tx: borrowing Transaction) async throws {
        _ = try await tx.query(
            "UPDATE matching.model SET finished_at = clock_timestamp() WHERE version = \(Int32(version))")
    }
}

extension MatchModel.Drift {
    /// For the record of models and the metrics: nothing about anybody.
    package var json: JSON {
        func moved(_ changes: [MatchField: [Double]]) -> JSON {
            var object: JSONObject = [:]
            for (field, bits) in changes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                var levels: JSONObject = [:]
                for (level, change) in zip(field.levels, bits) { levels[level] = .string(Bits.text(change)) }
                object[field.name] = .object(levels)
            }
            return .object(object)
        }
        return [
            "matches": .string(Bits.text(matches, digits: 3)), "is_alarming": .bool(isAlarming),
            "match_bits": moved(match), "random_bits": moved(random),
        ]
    }
}

/// Bits in writing.
enum Bits {
    /// Rounded to so many digits, the same on every machine.
    static func text(_ bits: Double, digits: Int = 2) -> String {
        let scale = (0..<digits).reduce(1.0) { value, _ in value * 10 }
        let units = Int((min(max(bits, -99_999), 99_999) * scale).rounded())
        let (whole, rest) = (abs(units) / Int(scale), String(abs(units) % Int(scale)))
        let zeros = String(repeating: "0", count: digits - rest.count)
        return (units < 0 ? "-" : "") + "\(whole).\(zeros)\(rest)"
    }
}
