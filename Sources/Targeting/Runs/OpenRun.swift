import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Scorecards

/// A run as it stands in the database, with all that is needed to go on.
struct OpenRun: Sendable {
    let id: Int64
    let stored: StoredFormula
    let binding: Binding
    let reading: RegistryReading
    let scope: RegistryReading.Scope
    let state: String
    let command: CommandID
    var after: UUID
    var tally: ScoreTally

    /// Before every household.
    static let first: UUID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    /// Whether the run is over the whole registry, and so the one by which percentiles are told.
    var isWhole: Bool {
        if case .registry = scope { return true }
        return false
    }

    /// - Throws: `.givenUp` when its formula was rejected or its area is gone.
    init(_ id: Int64, _ formulas: Formulas, in tx: borrowing Transaction) async throws {
        let rows = try await tx.query(
            """
            SELECT formula_id, kind, area_id, households, state, as_of, after_id, scored, unscorable, tally, command_id
            FROM targeting.run WHERE id = \(id)
            """)
        guard let row = rows.first else { throw TargetingFault.runNotFound }
        let area: Int32? = try row.get(2)
        let households: [UUID]? = try row.get(3)
        let tally: JSONB = try row.get(9)
        self.id = id
        stored = try await formulas.find(id: row.get(0), in: tx)
        guard stored.state != .rejected, let binding = stored.binding else {
            throw TargetingFault.givenUp("its formula is \(stored.state.rawValue)")
        }
        self.binding = binding
        (state, after, command) = (try row.get(4), try row.get(6), ID(try row.get(10, as: UUID.self)))
        if let area {
            guard let found = formulas.context.areas.index[Int(area)] else {
                throw TargetingFault.givenUp("its area is no longer known")
            }
            scope = .area(found.range)
        } else {
            scope = households.map { .households($0) } ?? .registry
        }
        self.tally = ScoreTally(
            try JSON.parse(tally.bytes), scored: Int(try row.get(7, as: Int64.self)),
            unscorable: Int(try row.get(8, as: Int64.self)))
        reading = try await formulas.reading(stored.formula, binding, asOf: row.get(5), in: tx)
    }
}

extension Formulas {
    /// How the answers of a formula are read from this registry.
    func reading(
        _ formula: Formula, _ binding: Binding, asOf: CalendarDate, in tx: borrowing Transaction
    ) async throws -> RegistryReading {
        var readers: [String: AreaCodeReader] = [:]
        for input in formula.inputs {
            guard case .area(let codes) = input.kind else { continue }
            var others: [Int: String]?
            if let system = codes.system { others = try await AreaCodeReader.codes(of: system, in: tx) }
            readers[input.name] = AreaCodeReader(codes, context.areas.index, others: others)
        }
        return RegistryReading(formula, binding, areas: readers, asOf: asOf)
    }
}
