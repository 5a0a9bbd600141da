package import Documents
package import Foundation
package import Groundwork
package import Postgres

/// A place in the log as readers keep it; printed opaquely as `epoch.pos`.
package struct EventCursor: Sendable, Hashable, CustomStringConvertible {
    package var epoch: Int
    package var pos: Int64

    package init(epoch: Int, pos: Int64) {
        (self.epoch, self.pos) = (epoch, pos)
    }

    package init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let epoch = Int(parts[0]), let pos = Int64(parts[1]), epoch > 0, pos >= 0 else {
            return nil
        }
        self.init(epoch: epoch, pos: pos)
    }

    package var description: String { "\(epoch).\(pos)" }
}

/// One event with its final place.
package struct PlacedEvent: Sendable {
    package var pos: Int64
    package var id: UUID
    package var type: String
    package var subjectKind: String
    package var subjectID: UUID
    package var subjectVersion: Int
    package var areaBefore: Int?
    package var areaAfter: Int?
    package var actor: ActorID
    package var purpose: String
    package var trace: String
    package var command: CommandID
    package var recordedAt: Date
    package var body: JSON
}

/// The log of what happened: appended with each change, put in order by one sequencer, read by cursors.
package enum EventLog {
    /// Advisory lock key of the sequencer, one per database.
    static let lock: Int64 = 0x4B69_7468_5365_7131

    /// Gives every event of a finished transaction its place; called by one ticker, harmless when called by several.
    ///
    /// When there is nothing to place it writes nothing: moving the horizon alone would use up a transaction at every tick.
    ///
    /// Only transactions below the snapshot's horizon are taken: none of them can add an event any more, so that a
    /// window is whole, and within it `seq` is the order in which rows of one subject were written.
    /// - Returns: how many events got their place; nil when another sequencer holds the lock.
    package static func sequence(in tx: borrowing Transaction) async throws(RegistryFault) -> Int? {
        do {
            // Transactions of other databases on the same server write no event of ours. Those known before the snapshot
            // below is taken can be left out of its horizon; any other transaction in progress is taken for ours.
            let known = try await tx.query(all: [
                "SELECT pg_try_advisory_xact_lock(\(lock))",
                """
                SELECT coalesce(array_agg(l.transactionid::text), '{}')
                FROM pg_locks AS l
                JOIN pg_stat_activity AS a ON a.pid = l.pid
                WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
                    AND a.datname <> current_database()
                """,
            ])
            guard try known[0].first?.get(0, as: Bool.self) ?? false else { return nil }
            let foreign: [String] = try known[1].first?.get(0) ?? []
            let rows = try await tx.query(
                """
                WITH state AS (
                    SELECT horizon, last_pos FROM registry.event_sequencer
                ), edge AS (
                    SELECT coalesce(
                        (SELECT min(x) FROM pg_snapshot_xip(pg_current_snapshot()) AS x
                         WHERE x::xid <> ALL(\(foreign)::xid[])),
                        pg_snapshot_xmax(pg_current_snapshot())) AS xmin
                ), fresh AS (
                    SELECT e.seq, e.recorded_at
                    FROM registry.event AS e, state, edge
                    WHERE e.xid >= state.horizon AND e.xid < edge.xmin
                        AND NOT EXISTS (SELECT 1 FROM registry.event_order AS o WHERE o.seq = e.seq)
                ), placed AS (
                    INSERT INTO registry.event_order (pos, seq, recorded_at)
                    SELECT state.last_pos + row_number() OVER (ORDER BY fresh.seq), fresh.seq, fresh.recorded_at
                    FROM fresh, state
                    RETURNING pos
                ), counted AS (
                    SELECT count(*) AS placed FROM placed
                )
                UPDATE registry.event_sequencer AS s
                SET horizon = edge.xmin, last_pos = s.last_pos + counted.placed
                FROM edge, counted
                WHERE counted.placed > 0
                RETURNING counted.placed
                """)
            return try rows.first.map { row throws(DatabaseError) in Int(try row.get(0, as: Int64.self)) } ?? 0
        } catch {
            throw .store(error)
        }
    }

    /// After a restore into another cluster transaction numbers begin anew: start a new epoch and place what is left.
    ///
    /// - Returns: true when a new epoch was begun.
    package static func adopt(in tx: borrowing Transaction) async throws(RegistryFault) -> Bool {
        let rows = try await runQuery(
            """
            WITH behind AS (
                SELECT 1 FROM registry.event_sequencer
                WHERE horizon > pg_snapshot_xmax(pg_current_snapshot())
            ), rest AS (
                INSERT INTO registry.event_order (pos, seq, recorded_at)
                SELECT s.last_pos + row_number() OVER (ORDER BY e.seq), e.seq, e.recorded_at
                FROM registry.event AS e, registry.event_sequencer AS s
                WHERE EXISTS (SELECT 1 FROM behind)
                    AND NOT EXISTS (SELECT 1 FROM registry.event_order AS o WHERE o.seq = e.seq)
                RETURNING pos
            )
            UPDATE registry.event_sequencer
            SET epoch = epoch + 1, horizon = '0', last_pos = last_pos + (SELECT count(*) FROM rest)
            WHERE EXISTS (SELECT 1 FROM behind)
            RETURNING epoch
            """, in: tx)
        return !rows.isEmpty
    }

    /// Where the log stands.
    package static func head(in tx: borrowing Transaction) async throws(RegistryFault) -> EventCursor {
        do {
            let rows = try await tx.query("SELECT epoch, last_pos FROM registry.event_sequencer")
            guard let row = rows.first else { throw RegistryFault.defect("the sequencer has no state") }
            return EventCursor(epoch: Int(try row.get(0, as: Int32.self)), pos: try row.get(1))
        } catch let error as DatabaseError {
            throw .store(error)
        } catch {
            throw .defect("the sequencer has no state")
        }
    }

    /// Events after a cursor, in order.
    ///
    /// - Parameters:
    ///   - types: only these types; empty for all.
    ///   - limit: 1 to 1,000.
    /// - Throws: `.cursorAhead` when the cursor is of another epoch or beyond the end.
    package static func events(
        after cursor: EventCursor, types: [String] = [], subject: UUID? = nil, limit: Int,
        in tx: borrowing Transaction
    ) async throws(RegistryFault) -> (events: [PlacedEvent], next: EventCursor) {
        let end = try await head(in: tx)
        guard cursor.epoch == end.epoch, cursor.pos <= end.pos else { throw .cursorAhead }
        var filter: SQL = ""
        if !types.isEmpty { filter += " AND e.type = ANY(\(types))" }
        if let subject { filter += " AND e.subject_id = \(subject)" }
        let rows = try await runQuery(
            """
            SELECT o.pos, e.id, e.type, e.subject_kind, e.subject_id, e.subject_version, e.area_before, e.area_after,
                e.actor_id, e.purpose, e.trace, e.command_id, e.recorded_at, e.body
            FROM registry.event_order AS o
            JOIN registry.event AS e ON e.seq = o.seq AND e.recorded_at = o.recorded_at
            WHERE o.pos > \(cursor.pos)\(fragment: filter)
            ORDER BY o.pos
            LIMIT \(max(1, min(limit, 1000)))
            """, in: tx)
        var events: [PlacedEvent] = []
        do {
            for row in rows { events.append(try placed(row)) }
        } catch {
            throw .defect("a stored event cannot be read")
        }
        // A filtered page that is not full has seen everything up to the end.
        let last = events.count < limit ? end.pos : events.last?.pos ?? end.pos
        return (events, EventCursor(epoch: end.epoch, pos: last))
    }

    private static func placed(_ row: Row) throws -> PlacedEvent {
        let body: JSONB = try row.get(13)
        let before: Int32? = try row.get(6)
        let after: Int32? = try row.get(7)
        return PlacedEvent(
            pos: try row.get(0), id: try row.get(1), type: try row.get(2), subjectKind: try row.get(3),
            subjectID: try row.get(4), subjectVersion: Int(try row.get(5, as: Int32.self)),
            areaBefore: before.map(Int.init), areaAfter: after.map(Int.init),
            actor: ID(try row.get(8, as: UUID.self)), purpose: try row.get(9), trace: try row.get(10),
            command: ID(try row.get(11, as: UUID.self)), recordedAt: try row.get(12),
            body: try JSON.parse(body.bytes))
    }

    // MARK: Readers inside the registry

    /// Where a reader stands; a new reader stands at the beginning of the epoch.
    package static func cursor(of reader: String, in tx: borrowing Transaction) async throws(RegistryFault)
        -> EventCursor
    {
        let end = try await head(in: tx)
        let rows = try await runQuery(
            "SELECT epoch, pos FROM registry.event_cursor WHERE reader = \(reader) FOR UPDATE", in: tx)
        do {
            guard let row = rows.first else { return EventCursor(epoch: end.epoch, pos: 0) }
            let held = EventCursor(epoch: Int(try row.get(0, as: Int32.self)), pos: try row.get(1))
            // A new epoch keeps the places of what was restored.
            return held.epoch == end.epoch ? held : EventCursor(epoch: end.epoch, pos: min(held.pos, end.pos))
        } catch {
            throw .store(error)
        }
    }

    /// Moves a reader, in the same transaction as what it did with the events.
    package static func move(
        _ reader: String, to cursor: EventCursor, in tx: borrowing Transaction
    ) async throws(RegistryFault) {
        _ = try await runQuery(
            """
            INSERT INTO registry.event_cursor (reader, epoch, pos, updated_at)
            VALUES (\(reader), \(Int32(cursor.epoch)), \(cursor.pos), now())
            ON CONFLICT ON CONSTRAINT event_cursor_pk
            DO UPDATE SET epoch = EXCLUDED.epoch, pos = EXCLUDED.pos, updated_at = EXCLUDED.updated_at
            """, in: tx)
    }
}
