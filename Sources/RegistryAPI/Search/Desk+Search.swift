import Audit
import Documents
import Groundwork
import Registry
import Search
import Web

extension Desk {
    /// Parameters that say who is meant.
    static let conditions: [Route.Parameter] = [
        .query("identifier", "TYPE:value, e.g. NID:1234567890, or a value of any type."),
        .query("name", "Names in any order, without regard to accents and spelling."),
        .query(
            "area",
            "Only in this area; may be given several times. One of a former division also means what reads as it."),
        .query("area_set", "Only in this named set of areas."),
        .query("programme", "Only with an enrolment or benefit of this programme."),
        .query("programme_status", "Only with this status there."),
    ]

    private static let parameters: [Route.Parameter] =
        conditions + [
            .query("sort", "Attributes separated by commas; a minus before one asks for the descending order."),
            .query(
                "limit", .integer(minimum: 0, maximum: SearchForm.largestPage),
                "At most so many, \(SearchForm.standardPage) when not given; 0 asks for the count alone."),
            Operations.after, .query("count", .boolean, "Whether the exact number of all that fit is counted."),
            .query("division", "Code of a division: each area is told there too, in `area_in`, by the crosswalk."),
            .query(
                "confidence", .choice(LeastConfidence.allCases.map(\.rawValue)),
                "How sure a line of the crosswalk must be: possible for telling areas and likely for finding them, when not given. "
                    + "Given, it also widens areas of the division in force."),
        ]

    private static let note: String = """
        Every other parameter is an attribute: `sex=F`, `age.ge=60`, `education.missing=true`; operators are eq, ne, lt, le, \
        gt, ge, in and not_in, and a parameter given several times asks for one of its values. All conditions hold together.
        """

    var searchRoutes: [Route] {
        [
            .get(
                "/api/v1/people", needs: .search, "Search people",
                operation: Operations.read(
                    "searchPeople", .search, answer: "PersonPage", Self.parameters, note: Self.note,
                    headers: [("Link", "rel=\"next\": the next page, when there is one.")]),
                answered { call in try await search(call, .person) }),
            .get(
                "/api/v1/households", needs: .search, "Search households",
                operation: Operations.read(
                    "searchHouseholds", .search, answer: "HouseholdPage",
                    Self.parameters + [.query("members", .boolean, "Whether members are answered too.")],
                    note: Self.note, headers: [("Link", "rel=\"next\": the next page, when there is one.")]),
                answered { call in try await search(call, .household) }),
            .post(
                "/api/v1/search", needs: .search, "Search by a filter tree",
                operation: Operations.send(
                    "search", .search, body: .json(.ref("SearchRequest")), status: .ok, answer: "SearchPage",
                    note: "The same search as a JSON document, for conditions that nest."),
                answered(searchTree)),
        ]
    }

    private func search(_ call: Call, _ subject: SubjectKind) async throws -> Response {
        let form = try SearchForm(call.request, of: subject, context: context)
        var response = try await found(form, call)
        if let next = response.next { response.answer.headers["Link"] = Self.link(call.request, next) }
        return response.answer
    }

    private static func link(_ request: Request, _ next: String) -> String {
        let items = request.query.filter { $0.name != "after" } + [(name: "after", value: next)]
        return "<\(request.path)?\(Query(items).encoded)>; rel=\"next\""
    }

    private func searchTree(_ call: Call) async throws -> Response {
        _ = try Precondition.idempotencyKey(call.request)
        let body = try await JSONBody.read(call.request)
        var fields = Fields(body.object)
        let form = SearchForm(&fields, context: context)
        fields.finish()
        guard fields.findings.isEmpty else { throw APIFault.invalid(fields.findings) }
        return try await found(form, call).answer
    }

    private func found(_ form: SearchForm, _ call: Call) async throws -> (answer: Response, next: String?) {
        let request = form.request(today: today)
        let style = AnswerStyle(call, division: form.division)
        let left = try await leftOut(form, call)
        call.disclosed.noteNobody()
        if form.limit == 0 {
            let total = try await reading(call) { tx in try await searcher.count(request, in: tx) }
            return (PageAnswer.count(total, form.subject, left), nil)
        }
        switch form.subject {
        case .person:
            let page = try await searcher.people(request, from: database, as: call.mandate(.search))
            return (PageAnswer.people(try page.map { try PersonAnswer($0, context) }, style, left), page.next)
        case .household:
            let page = try await searcher.households(request, from: database, as: call.mandate(.search))
            return (PageAnswer.households(try page.map { try HouseholdAnswer($0, context) }, style, left), page.next)
        }
    }

    /// What may live in the areas asked for, but not surely enough; nil when no crosswalk was asked.
    private func leftOut(_ form: SearchForm, _ call: Call) async throws -> AreaAsked.LeftOut? {
        guard var left = form.asked.leftOut else { return nil }
        guard !left.areas.isEmpty else { return left }
        let standing = RegistryRequest(
            subject: form.subject, filter: form.asked.query(left.ranges), today: today)
        left.records = try await reading(call) { tx in try await searcher.count(standing, in: tx) }
        return left
    }
}
