import Documents
import Foundation
import Groundwork
import Postgres
import Registry
import Web

extension Desk {
    /// Longest time for which a request may wait for news, in seconds.
    static let longestWait: Int = 30

    var eventRoutes: [Route] {
        [
            .get(
                "/api/v1/events", needs: .readEvents, "Read the event log onwards from a cursor",
                operation: Route.Operation(
                    id: "readEvents", tags: [Tag.events.rawValue],
                    description: """
                        A batch of CloudEvents 1.0 in the order of the log. The header Link with rel="next" holds the \
                        address of what follows, even when nothing has followed yet. A cursor of a log that was restored \
                        to an earlier point is answered with 410: load anew, then read on.
                        """,
                    parameters: [
                        .query("after", "Cursor `epoch.position`; the beginning when not given, `end` for the end."),
                        Operations.limit(1000, standard: 100),
                        .query("type", "Only events of this type; may be given several times."),
                        .query("subject", .uuid, "Only events about this person or household."),
                        .query(
                            "wait", .integer(minimum: 0, maximum: Self.longestWait),
                            "Wait for so many seconds when there is nothing new."),
                    ],
                    responses: [
                        Route.Answer(
                            .ok, "Events in order; an empty list when there is nothing new.",
                            .type(CloudEvent.mediaType, .ref("CloudEvents")),
                            headers: [("Link", "rel=\"next\": where to read on.")]),
                        Route.Answer(.gone, "The cursor does not belong to this log.", Operations.problem),
                    ]), answered(readEvents))
        ]
    }

    private struct EventQuery {
        var after: String?
        var limit: Int
        var types: [String]
        var subject: ID<SubjectTag>?
        var wait: Int

        init(_ request: Request) throws(InvalidInput) {
            var query = QueryReader(request)
            after = query.text("after", longest: 40)
            limit = query.int("limit", in: 1...1000) ?? 100
            types = query.texts("type", longest: 60)
            for type in types where EventType(rawValue: type) == nil {
                query.refuse("type", "event_type.unknown", "There is no event of the type \(type).")
            }
            if let text = query.text("subject") {
                subject = ID(text)
                if subject == nil {
                    query.refuse("subject", "id.invalid", "An id in the form of a UUID of 36 characters is expected.")
                }
            }
            wait = query.int("wait", in: 0...Desk.longestWait) ?? 0
            if let after, after != "end", EventCursor(after) == nil {
                query.refuse("after", "cursor.invalid", "The cursor is taken from the Link of an earlier answer.")
            }
            try query.finish()
        }

        /// Where to read on, with everything else as it was asked.
        func next(_ cursor: EventCursor) -> String {
            var items: [Query.Item] = [("after", cursor.description), ("limit", String(limit))]
            for type in types { items.append(("type", type)) }
            if let subject { items.append(("subject", subject.description)) }
            if wait > 0 { items.append(("wait", String(wait))) }
            return "</api/v1/events?\(Query(items).encoded)>; rel=\"next\""
        }
    }

    private func readEvents(_ call: Call) async throws -> Response {
        let asked = try EventQuery(call.request)
        let mandate = call.mandate(.operation)
        let end = ContinuousClock.now + .seconds(asked.wait)
        var cursor: EventCursor
        switch asked.after {
        case nil: cursor = EventCursor(epoch: try await tail.head(mandate).epoch, pos: 0)
        case "end": cursor = try await tail.head(mandate)
        case let text?: cursor = EventCursor(text) ?? EventCursor(epoch: 1, pos: 0)
        }
        while true {
            let page = try await page(cursor, asked, mandate)
            cursor = page.next
            let isUp = ContinuousClock.now >= end
            if !page.events.isEmpty || isUp {
                return .bytes(
                    CloudEvent.batch(page.events, epoch: cursor.epoch, areas: context.areas.index),
                    type: CloudEvent.mediaType
                ).with("Link", asked.next(cursor))
            }
            _ = try await tail.waits(beyond: cursor, until: end, mandate)
        }
    }

    private func page(
        _ cursor: EventCursor, _ asked: EventQuery, _ mandate: Mandate
    ) async throws -> (events: [PlacedEvent], next: EventCursor) {
        do {
            return try await database.read(as: mandate) { tx in
                try await EventLog.events(
                    after: cursor, types: asked.types, subject: asked.subject?.rawValue, limit: asked.limit, in: tx)
            }
        } catch RegistryFault.cursorAhead {
            throw APIFault.cursorGone
        }
    }
}
