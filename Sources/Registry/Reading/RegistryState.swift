package import Foundation
import Groundwork
package import Postgres

/// How the registry stands, told without data about anyone.
package struct RegistryState: Sendable {
    /// A part of the profile as loaded.
    package struct Part: Sendable {
        package var profile: String
        package var part: String
        package var version: String
        package var loadedAt: Date
    }

    /// A number of rows: counted when small, the planner's estimate when large.
    package struct Count: Sendable, Equatable {
        package var value: Int
        package var isExact: Bool

        package init(value: Int, isExact: Bool) {
            (self.value, self.isExact) = (value, isExact)
        }
    }

    package var people: Count
    package var households: Count
    package var areas: Count
    package var log: EventCursor
    /// Age of the oldest committed event that has no place in the log yet; nil when there is none.
    package var lag: Duration?
    package var parts: [Part]
}

extension RegistryState {
    /// Up to here rows are counted.
    static let countedUpTo: Int = 20_000

    package static func read(in tx: borrowing Transaction) async throws(RegistryFault) -> RegistryState {
        let results = try await query(
            all: [
                counting("registry.person"), counting("registry.household"), counting("registry.area"), waiting,
                "SELECT epoch, last_pos FROM registry.event_sequencer",
                """
                SELECT profile, part, version, loaded_at FROM registry.profile_part
                ORDER BY profile, part
                """,
            ], in: tx)
        do {
            guard let log = results[4].first else { throw RegistryFault.defect("the sequencer has no state") }
            let lag: Double? = try results[3].first?.get(0, as: Int64?.self).map { Double($0) / 1_000_000 }
            return RegistryState(
                people: try count(results[0]), households: try count(results[1]), areas: try count(results[2]),
                log: EventCursor(epoch: Int(try log.get(0, as: Int32.self)), pos: try log.get(1)),
                lag: lag.map { .seconds(max(0, $0)) }, parts: try results[5].map(part))
        } catch let fault as RegistryFault {
            throw fault
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("the state of the registry cannot be read")
        }
    }

    /// Age of the oldest event without a place, for the check of readiness.
    package static func lag(in tx: borrowing Transaction) async throws(RegistryFault) -> Duration? {
        let rows = try await query(waiting, in: tx)
        do {
            return try rows.first?.get(0, as: Int64?.self).map { .microseconds(max(0, $0)) }
        } catch {
            throw .store(error)
        }
    }

    /// Microseconds since the oldest event was recorded that lies at or above the horizon and has no place.
    private static let waiting: SQL = """
        SELECT (extract(epoch FROM clock_timestamp() - min(e.recorded_at)) * 1000000)::bigint
        FROM registry.event AS e
        WHERE e.xid >= (SELECT horizon FROM registry.event_sequencer)
            AND NOT EXISTS (SELECT 1 FROM registry.event_order AS o WHERE o.seq = e.seq)
        """

    private static func counting(_ table: String) -> SQL {
        """
        SELECT (SELECT count(*) FROM (SELECT 1 FROM \(unchecked: table) LIMIT \(countedUpTo + 1)) AS few),
            (SELECT reltuples::bigint FROM pg_class WHERE oid = \(table)::text::regclass)
        """
    }

    private static func count(_ rows: Rows) throws -> Count {
        guard let row = rows.first else { return Count(value: 0, isExact: false) }
        let counted: Int64 = try row.get(0)
        let estimated: Int64 = try row.get(1)
        if counted <= countedUpTo { return Count(value: Int(counted), isExact: true) }
        return Count(value: Int(max(counted, estimated)), isExact: false)
    }

    private static func part(_ row: Row) throws -> Part {
        Part(profile: try row.get(0), part: try row.get(1), version: try row.get(2), loadedAt: try row.get(3))
    }
}
