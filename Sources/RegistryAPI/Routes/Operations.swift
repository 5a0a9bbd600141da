import Web

/// The chapters of the API reference.
enum Tag: String, Sendable, CaseIterable {
    case people = "People"
    case households = "Households"
    case civil = "Births, deaths and unions"
    case surveys = "Surveys and participation"
    case history = "History"
    case search = "Search"
    case areas = "Areas"
    case profile = "Profile"
    case events = "Events"
    case imports = "Imports and exports"
    case quality = "Quality and corrections"
    case matches = "Duplicates"
    case targeting = "Targeting"
    case proposals = "Proposals"
    case attachments = "Attachments"
    case reference = "Reference"
}

/// What the reference says about routes, in the few forms that the API has.
enum Operations {
    static let id: Route.Parameter = .path("id", .text, "UUID, or social id of 12 digits.")

    static let idempotencyKey: Route.Parameter = .header(
        "Idempotency-Key", "8 to 128 visible characters made for this request: the same key is carried out once.")

    static func ifMatch(needed: Bool) -> Route.Parameter {
        .header(
            "If-Match", required: needed,
            "The ETag of the last read, such as \"7\": another current version is refused with 412.")
    }

    static let asOf: [Route.Parameter] = [
        .query("valid", .date, "As it was valid on this day; needs the scope registry.history."),
        .query("known", .instant, "As it was known at this instant; needs the scope registry.history."),
    ]

    static func limit(_ most: Int, standard: Int) -> Route.Parameter {
        .query("limit", .integer(minimum: 1, maximum: most), "At most so many, \(standard) when not given.")
    }

    static let after: Route.Parameter = .query("after", "Cursor of the page before, from its `next`.")

    /// A change of the record.
    static func command(
        _ id: String, _ tag: Tag, body: String, creates: Bool = false, _ parameters: [Route.Parameter] = [],
        ifMatch: Route.Parameter? = ifMatch(needed: false), note: String? = nil
    ) -> Route.Operation {
        let version: (name: String, description: String) = ("ETag", "The version after the change, in double quotes.")
        let place: (name: String, description: String) = ("Location", "Where what was made can be read.")
        let answer = Route.Answer(
            creates ? .created : .ok, "Carried out: what it touched, and what is worth knowing.",
            .json(.ref("CommandAnswer")), headers: creates ? [place, version] : [version])
        var all = parameters
        if let ifMatch { all.append(ifMatch) }
        all.append(idempotencyKey)
        return Route.Operation(
            id: id, tags: [tag.rawValue], description: note, parameters: all, body: .json(.ref(body)),
            responses: [answer, conflict])
    }

    static let conflict: Route.Answer = Route.Answer(
        .conflict, "The version is stale, the subject was merged, or the change does not fit its state.", problem)

    static let problem: Route.Content = .type("application/problem+json", .ref("Problem"))

    /// One answer of JSON.
    static func read(
        _ id: String, _ tag: Tag, answer: String, _ parameters: [Route.Parameter] = [], note: String? = nil,
        headers: [(name: String, description: String)] = []
    ) -> Route.Operation {
        Route.Operation(
            id: id, tags: [tag.rawValue], description: note, parameters: parameters,
            responses: [
                Route.Answer(.ok, "As asked for.", .json(.ref(answer)), headers: headers)
            ])
    }

    /// A request whose body is no command.
    static func send(
        _ id: String, _ tag: Tag, body: Route.Content, status: Status = .created, answer: String,
        _ parameters: [Route.Parameter] = [], note: String? = nil
    ) -> Route.Operation {
        Route.Operation(
            id: id, tags: [tag.rawValue], description: note, parameters: parameters + [idempotencyKey], body: body,
            responses: [Route.Answer(status, "Done.", .json(.ref(answer)))])
    }

    /// A file or a stream.
    static func file(
        _ id: String, _ tag: Tag, type: String, _ parameters: [Route.Parameter] = [], note: String? = nil
    ) -> Route.Operation {
        Route.Operation(
            id: id, tags: [tag.rawValue], description: note, parameters: parameters,
            responses: [Route.Answer(.ok, "The content.", .type(type))])
    }
}

extension Route.Parameter {
    /// A query parameter of plain text.
    static func query(_ name: String, _ description: String) -> Route.Parameter {
        .query(name, .text, description)
    }

    /// A header of plain text.
    static func header(_ name: String, required: Bool = false, _ description: String) -> Route.Parameter {
        .header(name, .text, required: required, description)
    }

    /// A UUID in the path.
    static func uuid(_ name: String, _ description: String) -> Route.Parameter {
        .path(name, .uuid, description)
    }
}
