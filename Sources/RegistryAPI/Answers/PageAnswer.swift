import Documents
import Registry
import Search
import Web

/// A page of a search as answered.
enum PageAnswer {
    static func people(_ page: Page<PersonAnswer>, _ style: AnswerStyle, _ left: AreaAsked.LeftOut? = nil) -> Response {
        var writer = JSONWriter(capacity: 1024 * (1 + page.records.count))
        writer.object { writer in
            writer.key("people")
            writer.array { writer in
                for person in page.records { person.write(to: &writer, style) }
            }
            end(page, left, to: &writer)
        }
        return .json(writer.bytes)
    }

    static func households(_ page: Page<HouseholdAnswer>, _ style: AnswerStyle, _ left: AreaAsked.LeftOut? = nil)
        -> Response
    {
        var writer = JSONWriter(capacity: 1024 * (1 + page.records.count))
        writer.object { writer in
            writer.key("households")
            writer.array { writer in
                for household in page.records { household.write(to: &writer, style) }
            }
            end(page, left, to: &writer)
        }
        return .json(writer.bytes)
    }

    private static func end<Record>(_ page: Page<Record>, _ left: AreaAsked.LeftOut?, to writer: inout JSONWriter) {
        writer.member("next", page.next)
        writer.member("total", page.total)
        writer.member("is_truncated", page.isTruncated)
        write(left, to: &writer)
    }

    /// The count alone.
    static func count(_ total: Int, _ subject: SubjectKind, _ left: AreaAsked.LeftOut? = nil) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member(subject == .person ? "people" : "households", .array([]))
            writer.member("next", String?.none)
            writer.member("total", total)
            writer.member("is_truncated", false)
            write(left, to: &writer)
        }
        return .json(writer.bytes)
    }

    private static func write(_ left: AreaAsked.LeftOut?, to writer: inout JSONWriter) {
        guard let left else { return }
        writer.key("left_out")
        left.write(to: &writer)
    }
}
