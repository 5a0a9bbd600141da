import Groundwork
import Postgres

extension Importer {
    /// Below this many lines the database's own upkeep comes early enough.
    private static let manyRows: Int = 1000

    /// Tells the planner of what a large import brought.
    ///
    /// Until the database's own upkeep has passed, a registry just filled counts as empty: the next look-up by several
    /// tables would read them whole, once for every row.
    func refreshStatistics(after counts: ImportCounts) async throws(IntakeFault) {
        let brought = counts.rowsRead - counts.rowsQuarantined
        guard brought >= Self.manyRows else { return }
        do {
            let stale = try await database.withConnection { connection in
                try await connection.query(
                    """
                    SELECT format('%I.%I', n.nspname, c.relname)
                    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'registry' AND c.relkind = 'r' AND pg_relation_size(c.oid) >= 65536
                        AND c.reltuples < \(Int64(brought)) / 2
                    ORDER BY pg_relation_size(c.oid) DESC
                    """
                ).map { try $0.get(0, as: String.self) }
            }
            async let other: Void = database.takeStatistics(
                of: stale.enumerated().filter { $0.offset % 2 == 1 }.map(\.element))
            await database.takeStatistics(of: stale.enumerated().filter { $0.offset % 2 == 0 }.map(\.element))
            await other
        } catch {
            throw IntakeFault(any: error)
        }
    }
}
