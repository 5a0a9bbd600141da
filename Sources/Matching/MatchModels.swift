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
}

/// The models of this registry; the newest is kept in memory.
package final class MatchModels: Sendable {
    private let held: Mutex<ActiveModel?> = Mutex(nil)

    package init() {}

    /// The model in force, or nil when none was trained yet.
    package func active(in tx: borrowing Transaction) async throws -> ActiveModel? {
        let rows = try await tx.query("SELECT max(version) FROM matching.model")
        guard let version: Int32 = try rows.first?.get(0) else { return nil }
        if let known = held.withLock({ $0 }), known.version == Int(version) { return known }
        let found = try await tx.query(all: [
            "SELECT document, frequencies FROM matching.model WHERE version = \(version)",
            "SELECT h FROM matching.wide_key",
        ])
        guard let row = found[0].first else { return nil }
        let (document, counts): (JSONB, JSONB) = (try row.get(0), try row.get(1))
        guard let frequencies = NameFrequencies(json: try JSON.parse(counts.bytes)) else {
            throw MatchingFault.defect("stored frequencies cannot be read")
        }
        let active = ActiveModel(
            version: Int(version), model: try MatchModel(json: try JSON.parse(document.bytes)),
            frequencies: frequencies,
            wide: Set(try found[1].map { try $0.get(0, as: Int64.self) }))
        held.withLock { $0 = active }
        return active
    }

    /// Puts a model in force.
    ///
    /// - Returns: its version.
    static func insert(
        _ model: MatchModel, frequencies: NameFrequencies, wide: [Int64], people: Int, drift: JSON?,
        in tx: borrowing Transaction
    ) async throws -> Int {
        let rows = try await tx.query(
            """
            INSERT INTO matching.model (version, name, document, frequencies, people, drift, actor_id)
            SELECT COALESCE(max(version), 0) + 1, \(model.name), \(JSONB(model.json.serialized())),
                \(JSONB(frequencies.json().serialized())), \(Int64(people)),
                \(drift.map { JSONB($0.serialized()) }), \(tx.mandate.actor)
            FROM matching.model
            RETURNING version
            """)
        _ = try await tx.query("DELETE FROM matching.wide_key")
        _ = try await tx.query("INSERT INTO matching.wide_key (h) SELECT unnest(\(wide)::bigint[])")
        guard let version: Int32 = try rows.first?.get(0) else { throw MatchingFault.defect("the model was not kept") }
        return Int(version)
    }
}

extension MatchModel.Drift {
    /// For the record of models and the metrics: nothing about anybody.
    package var json: JSON {
        func moved(_ changes: [MatchField: Double]) -> JSON {
            var object: JSONObject = [:]
            for (field, change) in changes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                object[field.name] = .string(Bits.text(change, digits: 4))
            }
            return .object(object)
        }
        return [
            "matches": .string(Bits.text(matches, digits: 3)), "is_alarming": .bool(isAlarming), "match": moved(match),
            "random": moved(random),
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
