import Documents
import Groundwork
import Registry
import Web

/// Areas and their sets as answered.
enum AreaAnswer {
    static func page(_ areas: [Area], next: String?) -> Response {
        var writer = JSONWriter(capacity: 160 * (1 + areas.count))
        writer.object { writer in
            writer.key("areas")
            writer.array { writer in
                for area in areas { write(area, to: &writer) }
            }
            writer.member("next", next)
        }
        return .json(writer.bytes)
    }

    static func one(
        _ area: Area, _ index: AreaIndex, aliases: [String], codes: [(system: String, code: String)]
    ) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            members(area, to: &writer)
            writer.key("path")
            writer.array { writer in
                for around in index.path(to: area).dropLast() { AnswerStyle.write(around, to: &writer) }
            }
            writer.member("children", index.children(of: area.id).count)
            writer.member("descendants", area.lastPreorder - area.preorder)
            writer.member("aliases", .array(aliases.map { .string($0) }))
            writer.key("other_codes")
            writer.array { writer in
                for (system, code) in codes {
                    writer.object { writer in
                        writer.member("system", system)
                        writer.member("code", code)
                    }
                }
            }
        }
        return .json(writer.bytes)
    }

    private static func write(_ area: Area, to writer: inout JSONWriter) {
        writer.object { writer in members(area, to: &writer) }
    }

    private static func members(_ area: Area, to writer: inout JSONWriter) {
        writer.member("reference", area.reference)
        writer.member("geography", area.geography)
        writer.member("code", area.code)
        writer.member("name", area.name)
        writer.member("level", area.level)
        writer.member("level_name", area.levelName)
    }

    // MARK: Sets

    static func sets(_ sets: [AreaFacts.NamedSet], _ index: AreaIndex) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("sets")
            writer.array { writer in
                for set in sets { write(set, index, to: &writer) }
            }
        }
        return .json(writer.bytes)
    }

    static func set(_ set: AreaFacts.NamedSet, _ index: AreaIndex) -> Response {
        var writer = JSONWriter()
        write(set, index, to: &writer)
        return .json(writer.bytes)
    }

    private static func write(_ set: AreaFacts.NamedSet, _ index: AreaIndex, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("code", set.code)
            writer.member("name", set.name)
            writer.member("kind", set.kind)
            writer.member("valid_from", set.validFrom)
            writer.member("valid_to", set.validTo)
            writer.key("areas")
            writer.array { writer in
                for area in set.areas.compactMap({ index[$0] }) { AnswerStyle.write(area, to: &writer) }
            }
        }
    }
}
