import Documents
import Foundation
import Groundwork
import Registry

/// One event of the log as CloudEvents 1.0 shapes it, in the JSON batch format.
enum CloudEvent {
    static let mediaType: String = "application/cloudevents-batch+json"
    /// `source`: with `id` it names an event once in the world of one registry.
    static let source: String = "urn:kith:registry"

    static func batch(_ events: [PlacedEvent], epoch: Int, areas: AreaIndex) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 * (1 + events.count))
        writer.array { writer in
            for event in events { write(event, epoch: epoch, areas, to: &writer) }
        }
        return writer.bytes
    }

    private static func write(_ event: PlacedEvent, epoch: Int, _ areas: AreaIndex, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("specversion", "1.0")
            writer.member("id", event.id.lowercased)
            writer.member("source", source)
            writer.member("type", event.type)
            writer.member("subject", event.subjectKind + "/" + event.subjectID.lowercased)
            writer.member("time", instant: event.recordedAt)
            writer.member("datacontenttype", "application/json")
            // The extension of CloudEvents by which consumers keep their place.
            writer.member("sequence", EventCursor(epoch: epoch, pos: event.pos).description)
            writer.key("data")
            writer.object { writer in
                writer.member("version", event.subjectVersion)
                writer.member("area_before", event.areaBefore.flatMap { areas.area(order: $0)?.reference })
                writer.member("area_after", event.areaAfter.flatMap { areas.area(order: $0)?.reference })
                writer.member("actor", event.actor.description)
                writer.member("purpose", event.purpose)
                writer.member("trace", event.trace)
                writer.member("command", event.command.description)
                writer.member("body", event.body)
            }
        }
    }
}
